package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// files are the styles and scripts. Their addresses hold a hash of their content, so
// that browsers keep them for good.
type files struct{ byAddress, byName map[string]*file }

type file struct {
	address, mediaType string
	plain, zipped      []byte
}

func readFiles(from fs.FS) (*files, error) {
	all := &files{byAddress: map[string]*file{}, byName: map[string]*file{}}
	return all, fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".txt") {
			return err
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		hash := sha256.Sum256(content)
		f := &file{
			address:   "/console/static/" + hex.EncodeToString(hash[:6]) + "/" + name,
			mediaType: mime.TypeByExtension(path.Ext(name)), plain: content,
		}
		var zipped bytes.Buffer
		writer, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		writer.Write(content)
		writer.Close()
		if zipped.Len() < len(content) {
			f.zipped = zipped.Bytes()
		}
		all.byAddress[f.address], all.byName[name] = f, f
		return nil
	})
}

// address is where a file is; pages ask for it by name.
func (f *files) address(name string) string { return f.byName[name].address }

// ServeHTTP answers with a file.
func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found := f.byAddress[r.URL.Path]
	if found == nil {
		http.NotFound(w, r)
		return
	}
	header, content := w.Header(), found.plain
	header.Set("Content-Type", found.mediaType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	if found.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		content = found.zipped
	}
	w.Write(content)
}
