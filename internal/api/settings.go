package api

import "tollkeeper"

// findSettings lists what this node was started with. Secrets are not among it: the
// program does not hand them over.
func (a *API) findSettings(x *exchange) error {
	f, _, err := x.paging()
	if err != nil {
		return err
	}
	return x.answer(page(int64(len(a.Settings)), f.Limit, f.Skip, slice(a.Settings, f), func(b []byte, s tollkeeper.Setting) []byte {
		return append(b, settingBody(s)...)
	}))
}

func settingBody(s tollkeeper.Setting) []byte {
	w := newWire(nil)
	w.text("name", s.Name)
	w.optional("value", s.Value)
	w.optional("default", s.Default)
	w.text("source", string(s.Source))
	w.optional("unit", s.Unit)
	w.text("help", s.Help)
	w.bool("secret", s.Secret)
	w.bool("set", s.IsSet)
	return w.end()
}
