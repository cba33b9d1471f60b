package main

import (
	"net/http"
	"net/url"
	"time"

	"tollkeeper"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/transcription"
)

// transcriptionSettings are what a carrier can decide about transcripts.
type transcriptionSettings struct {
	TranscriptionURL      string `name:"transcription-url" help:"Endpoint that recordings are transcribed by, such as https://api.openai.com/v1/audio/transcriptions; they wait when absent." placeholder:"URL"`
	TranscriptionKey      string `help:"Key that the endpoint wants." placeholder:"KEY" secret:""`
	TranscriptionModel    string `help:"Model that the endpoint is asked for." default:"whisper-1" placeholder:"NAME"`
	TranscriptionPrice    amount `help:"What a customer pays for a minute of a transcribed recording, in the account currency." default:"0" placeholder:"AMOUNT"`
	TranscriptionParallel int    `help:"Recordings that are transcribed at once, 1 to 100." default:"2" placeholder:"RECORDINGS"`
}

// dearestMinute bounds the price of a minute, so that the price of no recording is out
// of range.
const dearestMinute = 1000 * tollkeeper.Unit

func (s *transcriptionSettings) validate() (faults []string) {
	if u, err := url.Parse(s.TranscriptionURL); s.TranscriptionURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		faults = append(faults, "transcription-url: must be http:// or https:// and a host with a path")
	}
	if s.TranscriptionParallel < 1 || s.TranscriptionParallel > 100 {
		faults = append(faults, "transcription-parallel: must be from 1 to 100")
	}
	if tollkeeper.Micros(s.TranscriptionPrice) > dearestMinute {
		faults = append(faults, "transcription-price: must be at most 1000")
	}
	return faults
}

// transcribe has recordings transcribed, where the settings say by whom.
func (p *Program) transcribe() []jobs.Job {
	s := &p.settings.transcriptionSettings
	if s.TranscriptionURL == "" {
		return nil
	}
	worker := &transcription.Worker{
		Store: p.store, Recordings: p.media, PerMinute: tollkeeper.Micros(s.TranscriptionPrice), Parallel: s.TranscriptionParallel, Now: p.settings.Now,
		Engine: &transcription.OpenAI{URL: s.TranscriptionURL, Key: s.TranscriptionKey, Model: s.TranscriptionModel, Client: &http.Client{}},
	}
	return []jobs.Job{{Name: "transcribe recordings", Every: 5 * time.Second, RunOnce: worker.RunOnce}}
}
