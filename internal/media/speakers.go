package media

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
)

// Speakers is how many channels of a recording can be heard one by one; 1: it is heard
// as a whole. The channels of one that was converted are heard by the converter.
func (m *Media) Speakers(rec tollkeeper.Recording) int64 {
	apart := rec.Format == tollkeeper.AudioWAV || rec.Original.Format == tollkeeper.AudioWAV && m.Converter != ""
	if apart && rec.Channels == 2 {
		return 2
	}
	return 1
}

// speakerRate is at which rate a channel of a converted recording is heard, in samples a
// second: that of speech engines.
const speakerRate = 16_000

// Speaker reads one channel of a recording, from 0, and says in which format; all of it
// where Speakers is 1.
func (m *Media) Speaker(ctx context.Context, rec tollkeeper.Recording, channel int64) (io.ReadCloser, tollkeeper.AudioFormat, error) {
	content, err := m.Play(ctx, rec)
	if err != nil || m.Speakers(rec) == 1 {
		return content, rec.Format, err
	}
	if rec.Format == tollkeeper.AudioWAV {
		one, err := audio.Channel(content, rec.Size, int(channel))
		if err != nil {
			content.Close()
			return nil, "", err
		}
		return struct {
			io.Reader
			io.Closer
		}{one, content}, rec.Format, nil
	}
	samples := int64(rec.Duration / (time.Second / speakerRate))
	heard := m.pipe(ctx, content, rec.Format, "-af", fmt.Sprintf("pan=mono|c0=c%d", channel), "-ar", strconv.Itoa(speakerRate), "-c:a", "pcm_s16le", "-f", "s16le")
	heard.Reader = audio.Mono(heard.Reader, speakerRate, samples)
	return heard, tollkeeper.AudioWAV, nil
}
