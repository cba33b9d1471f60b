package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/link"
	"tollkeeper/internal/media"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/store"
)

// mediaSettings are what a carrier can decide about recordings and other media.
type mediaSettings struct {
	MediaURL             string   `name:"media-url" help:"Blob store of recordings and other media, such as s3://bucket?region=eu-west-1; the folder media in data when absent." placeholder:"URL"`
	MediaKeyFile         string   `help:"File with 64 hex digits that the keys of new customers' media are encrypted with; a secret in the database when absent." placeholder:"FILE"`
	MediaGraceDays       int      `help:"Days that media of a deleted customer are kept, 1 to 3650." default:"30" placeholder:"DAYS"`
	MaxRecordingMib      int64    `name:"max-recording-mib" help:"Largest recording that is taken, in MiB, 1 to 16384." default:"512" placeholder:"MIB"`
	ConvertRecordings    string   `help:"What WAV recordings are converted to by ffmpeg: off, opus or flac." enum:"off,opus,flac" default:"off" placeholder:"FORMAT"`
	RecordingSources     []string `help:"Beginnings of the addresses that recordings may be fetched from, such as https://pbx1.carrier.example/recordings/; none is fetched when absent." placeholder:"URL"`
	RecordingMailMinutes int      `help:"Minutes in which the recording user gets at most one mail about recordings, and one about transcripts, 0 to 1440: the first at once, and at the end one about all that came meanwhile; 0 is a mail for each." default:"60" placeholder:"MINUTES"`
	ConsentRules         []string `help:"What must happen before a call with a party in a region is recorded: REGION=none, =announce or =ask; also +PREFIX=... and *=..." default:"*=announce" placeholder:"RULE"`
	ConsentPrompt        string   `help:"Name of the announcement that a call is recorded, for customers without one of their own." default:"recording-notice" placeholder:"NAME"`
}

func (s *mediaSettings) validate() (faults []string) {
	if s.MediaGraceDays < 1 || s.MediaGraceDays > 3650 {
		faults = append(faults, "media-grace-days: must be from 1 to 3650")
	}
	if s.MaxRecordingMib < 1 || s.MaxRecordingMib > 16384 {
		faults = append(faults, "max-recording-mib: must be from 1 to 16384")
	}
	if s.RecordingMailMinutes < 0 || s.RecordingMailMinutes > 1440 {
		faults = append(faults, "recording-mail-minutes: must be from 0 to 1440")
	}
	if _, err := s.sources(); err != nil {
		faults = append(faults, err.Error())
	}
	for _, rule := range s.ConsentRules {
		if _, _, err := tollkeeper.ParseConsentRule(rule); err != nil {
			faults = append(faults, fmt.Sprintf("consent-rules: %q %v", rule, err))
		}
	}
	return faults
}

// rules are the consent rules, which validate has found to be right.
func (s *mediaSettings) rules() tollkeeper.ConsentRules {
	rules := tollkeeper.ConsentRules{}
	for _, text := range s.ConsentRules {
		if key, rule, err := tollkeeper.ParseConsentRule(text); err == nil {
			rules[key] = rule
		}
	}
	return rules
}

// sources are where recordings may be fetched from.
func (s *mediaSettings) sources() (sources outbound.Sources, err error) {
	for _, text := range s.RecordingSources {
		source, err := outbound.ParseSource(text)
		if err != nil {
			return nil, fmt.Errorf("recording-sources: %q %w", text, err)
		}
		sources = append(sources, source)
	}
	return sources, nil
}

func (s *mediaSettings) grace() time.Duration {
	return time.Duration(s.MediaGraceDays) * 24 * time.Hour
}

// openMedia opens the blob store, and prepares the links to what is in it.
func (p *Program) openMedia(ctx context.Context) (err error) {
	vault, err := openVault(ctx, p.store, &p.settings.mediaSettings, p.settings.Data)
	if err != nil {
		return err
	}
	p.media = media.New(p.store, vault, p.settings.MaxRecordingMib<<20)
	if p.media.Converter, _ = exec.LookPath(converter); p.media.Converter == "" && p.settings.converts() {
		p.log.logger(p.settings.LogLevel).Warn("recordings are not converted: ffmpeg is not installed", "setting", "convert-recordings")
	}
	sources, err := p.settings.sources()
	if err != nil {
		return err
	}
	p.fetcher = &media.Fetcher{Media: p.media, Fetches: p.store, Sources: sources, Client: sources.Client(), Now: p.settings.Now}
	key, err := p.store.Secret(ctx, "links")
	p.links = &link.Media{Key: key, Now: p.settings.Now}
	return err
}

// converter is the program that converts recordings and hold music. Without it they stay
// as they came.
const converter = "ffmpeg"

// converts reports whether recordings are to be converted.
func (s *mediaSettings) converts() bool { return s.ConvertRecordings != "off" }

// openVault opens the blob store.
func openVault(ctx context.Context, keys *store.Store, s *mediaSettings, data string) (*media.Vault, error) {
	address, err := bucketURL(s.MediaURL, data)
	if err != nil {
		return nil, err
	}
	vault := &media.Vault{Keys: keys}
	if vault.Master.Shared, err = keys.Secret(ctx, "media"); err != nil {
		return nil, err
	}
	if s.MediaKeyFile != "" {
		if vault.Master.File, err = readKeyFile(s.MediaKeyFile); err != nil {
			return nil, err
		}
	}
	vault.Bucket, err = media.OpenBucket(ctx, address)
	return vault, err
}

// bucketURL is where the blob store is.
func bucketURL(given, data string) (string, error) {
	if given != "" {
		return given, nil
	}
	return media.FolderURL(filepath.Join(data, "media"))
}

// verifyMedia compares the blob store with the database.
func verifyMedia(ctx context.Context, s *store.Store, given, data string, v *store.Verification) (blobs int64, err error) {
	address, err := bucketURL(given, data)
	if err != nil {
		return 0, err
	}
	bucket, err := media.OpenBucket(ctx, address)
	if err != nil {
		return 0, err
	}
	blobs, err = media.Verify(ctx, s, bucket, v.Fault)
	return blobs, errors.Join(err, bucket.Close())
}

func readKeyFile(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("media-key-file: %w", err)
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("media-key-file: %s must hold 64 hex digits, as openssl rand -hex 32 writes them", name)
	}
	return key, nil
}

// mediaBase is where links to media begin.
func mediaBase(publicURL string) string { return strings.TrimSuffix(publicURL, "/") }

// listenLink makes the links in mails about recordings.
func (p *Program) listenLink(customer, recording tollkeeper.ID, ready time.Time) (string, time.Time) {
	until := ready.Add(link.ListenLife).Truncate(time.Second)
	return p.links.Listen(customer, recording, until), until
}

// fetchEvery is how long a recording that is to be fetched waits at most.
const fetchEvery = 2 * time.Second

// mediaJobs fetch and convert recordings, and delete what is to be deleted.
func (p *Program) mediaJobs() []jobs.Job {
	list := []jobs.Job{
		{Name: "fetch recordings", Every: fetchEvery, RunOnce: p.fetcher.RunOnce},
		{Name: "delete media", Every: time.Minute, After: 10 * time.Second, RunOnce: p.media.Sweep},
		{Name: "delete unfinished uploads", Every: time.Hour, After: time.Minute, RunOnce: p.store.DeleteStaleUploads},
		{Name: "delete media of deleted customers", Every: time.Hour, After: time.Minute, RunOnce: p.store.DeleteDepartedMedia},
	}
	if p.settings.converts() && p.media.Converter != "" {
		convert := &media.Converter{Media: p.media, Conversions: p.store, To: convertedTo[p.settings.ConvertRecordings], Now: p.settings.Now}
		list = append(list, jobs.Job{Name: "convert recordings", Every: convertEvery, RunOnce: convert.RunOnce})
	}
	return list
}

// convertEvery is how long a recording that is to be converted waits at most.
const convertEvery = 10 * time.Second

// convertedTo are the formats that recordings are converted to.
var convertedTo = map[string]tollkeeper.AudioFormat{"opus": tollkeeper.AudioOgg, "flac": tollkeeper.AudioFLAC}

// lookAtConverter sees whether ffmpeg is there, and can do what the settings want.
func (x *examination) lookAtConverter(ctx context.Context) {
	program, err := exec.LookPath(converter)
	switch {
	case err != nil && x.converts():
		x.warn(converter, "is not installed: recordings are not converted, and hold music stays as it comes")
		return
	case err != nil:
		x.note("skipped", converter, "is not installed: hold music stays as it comes")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	listed, err := exec.CommandContext(ctx, program, "-hide_banner", "-encoders").Output()
	encoder := map[string]string{"opus": "libopus", "flac": "flac", "off": "pcm_s16le"}[x.ConvertRecordings]
	switch {
	case err != nil:
		x.fault(converter, "%v", err)
	case !bytes.Contains(listed, []byte(" "+encoder+" ")):
		x.fault(converter, "%s has no encoder %s", program, encoder)
	default:
		x.good(converter, "%s has the encoder %s", program, encoder)
	}
}
