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
	d := m.decode(ctx, content, rec.Format, channel)
	d.Reader = audio.Mono(d.Reader, speakerRate, samples)
	return d, tollkeeper.AudioWAV, nil
}

// decoded is one channel as the converter writes it.
type decoded struct {
	io.Reader
	end func()
}

// Close ends the converter, and waits for it.
func (d *decoded) Close() error {
	d.end()
	return nil
}

// decode reads one channel by the converter, as samples of 16 bits.
func (m *Media) decode(ctx context.Context, content io.ReadCloser, format tollkeeper.AudioFormat, channel int64) *decoded {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer content.Close()
		writer.CloseWithError(m.run(ctx, content, writer, format, "-af", fmt.Sprintf("pan=mono|c0=c%d", channel),
			"-ar", strconv.Itoa(speakerRate), "-c:a", "pcm_s16le", "-f", "s16le"))
	}()
	return &decoded{Reader: reader, end: func() {
		cancel()
		reader.Close()
		<-ended
	}}
}
