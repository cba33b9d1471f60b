"""An endpoint like OpenAI's over PocketSphinx, whose package brings an English model.
It prints its address, and understands WAV with one channel at 16 kHz."""
import email, http.server, io, json, wave
from pocketsphinx import Decoder

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        form = email.message_from_bytes(b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        audio = next(p.get_payload(decode=True) for p in form.get_payload() if p.get_filename())
        with wave.open(io.BytesIO(audio)) as w:
            rate, frames = w.getframerate(), w.readframes(w.getnframes())
        decoder = Decoder(samprate=rate)
        decoder.start_utt()
        decoder.process_raw(frames, full_utt=True)
        decoder.end_utt()
        text = decoder.hyp().hypstr if decoder.hyp() else ""
        length = len(frames) / 2 / rate
        answer = json.dumps({"language": "english", "duration": length, "text": text,
                             "segments": [{"start": 0, "end": length, "text": text}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
