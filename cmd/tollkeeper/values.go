package main

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// readNetworks reads a setting that is a list of networks in CIDR notation (RFC 4632) or
// of addresses, separated by commas, or a list of them in the file of settings.
func readNetworks(given *kong.DecodeContext, target reflect.Value) error {
	token, err := given.Scan.PopValue("network")
	if err != nil {
		return err
	}
	list, ok := token.Value.([]any)
	if !ok {
		list = []any{token.Value}
	}
	for _, texts := range list {
		for text := range strings.SplitSeq(fmt.Sprint(texts), ",") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			network, err := readNetwork(text)
			if err != nil {
				return err
			}
			target.Set(reflect.Append(target, reflect.ValueOf(network)))
		}
	}
	return nil
}

func readNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if address, addressErr := netip.ParseAddr(text); addressErr == nil {
		network, err = address.Prefix(address.BitLen())
	}
	if err != nil {
		return network, fmt.Errorf("%q must be a network such as 192.0.2.0/24, or an address", text)
	}
	return network.Masked(), nil
}

// readTime reads a time (RFC 3339), or a day, which begins at midnight UTC.
func readTime(given *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := given.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			target.Set(reflect.ValueOf(at))
			return nil
		}
	}
	return fmt.Errorf("%q must be a time such as 2026-03-01T00:00:00Z, or a day such as 2026-03-01 (UTC)", text)
}
