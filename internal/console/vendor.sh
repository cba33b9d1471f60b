#!/usr/bin/env bash
# Brings the console's script libraries into static/, as the npm registry has them.
# Run it in this folder to take newer ones; what it writes is committed.
set -euo pipefail
htmx=2.0.11
uplot=1.6.32

cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "htmx.org@$htmx" "uplot@$uplot" >/dev/null
 for archive in *.tgz; do mkdir "${archive%.tgz}" && tar xzf "$archive" -C "${archive%.tgz}"; done)
cp "$work/htmx.org-$htmx/package/dist/htmx.min.js" static/
cp "$work/uplot-$uplot/package/dist/uPlot.iife.min.js" "$work/uplot-$uplot/package/dist/uPlot.min.css" static/
{
	echo "htmx $htmx, https://htmx.org"; echo; cat "$work/htmx.org-$htmx/package/LICENSE"; echo
	echo "uPlot $uplot, https://github.com/leeoniya/uPlot"; echo; cat "$work/uplot-$uplot/package/LICENSE"
} > static/LICENSES.txt
