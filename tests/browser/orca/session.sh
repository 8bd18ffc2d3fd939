#!/usr/bin/env bash
# Runs a command inside a desktop of its own: a display nobody sees, a session bus, the
# accessibility bus, and Orca, whose words are written to $HEARD instead of being sounded.
# Ends everything that it started. usage: session.sh FOLDER COMMAND…
#
# Words are caught at speech-dispatcher, the last program before a voice, so that what is asserted
# is what a person would have heard. Orca's own debug log was rejected: it says what Orca meant to say.
set -euo pipefail
room=$1; shift
rm -rf "$room"; mkdir -p "$room"; room=$(realpath "$room")
export HEARD=$room/heard.log HOME=$room/home XDG_RUNTIME_DIR=$room/run
export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_CACHE_HOME=$HOME/.cache
export LANG=vi_VN.UTF-8 LC_ALL=vi_VN.UTF-8 LANGUAGE=vi GTK_A11Y=atspi NO_AT_BRIDGE=0 GSETTINGS_BACKEND=memory
# A locale of its own, so that nothing has to be set up on the machine.
mkdir -p "$room/locale"; localedef -i vi_VN -f UTF-8 "$room/locale/vi_VN.UTF-8" 2>/dev/null || true
export LOCPATH=$room/locale
voice=$XDG_CONFIG_HOME/speech-dispatcher
mkdir -p "$voice/modules" "$XDG_DATA_HOME" "$XDG_RUNTIME_DIR" "$room/speech"; chmod 700 "$XDG_RUNTIME_DIR"
: >"$HEARD"

cat >"$voice/speechd.conf" <<CONF
LogLevel 2
LogDir "$room/speech"
CommunicationMethod "unix_socket"
AudioOutputMethod "alsa"
AddModule "written" "sd_generic" "written.conf"
DefaultModule written
DefaultLanguage "vi"
CONF
# A voice takes its time. Orca's client to speech-dispatcher misses the end of a sentence that ends
# within milliseconds of being queued, and then never reads the next one.
cat >"$voice/modules/written.conf" <<CONF
GenericExecuteSynth "printf '%s\\\\n' \\'\$DATA\\' >> $HEARD; sleep 0.1"
GenericDefaultCharset "utf-8"
GenericLanguage "vi" "vi" "utf-8"
GenericLanguage "en" "en" "utf-8"
AddVoice "vi" "MALE1" "written"
AddVoice "en" "MALE1" "written"
DefaultVoice "written"
CONF
# No sound card is asked for.
printf 'pcm.!default { type null }\nctl.!default { type null }\n' >"$HOME/.asoundrc"
exec 9>"$room/display"
Xvfb -displayfd 9 -screen 0 1280x900x24 -nolisten tcp >"$room/xvfb.log" 2>&1 & xvfb=$!
trap 'kill $xvfb 2>/dev/null || true' EXIT
for _ in $(seq 200); do [ -s "$room/display" ] && break; sleep .05; done
[ -s "$room/display" ] || { echo "the display did not start: $(cat "$room/xvfb.log")" >&2; exit 3; }
DISPLAY=:$(cat "$room/display"); export DISPLAY ROOM=$room

# shellcheck disable=SC2016 # expanded inside the session
dbus-run-session -- bash -c '
  /usr/libexec/at-spi-bus-launcher --launch-immediately >"$ROOM/atspi.log" 2>&1 & bus=$!
  sleep .3
  gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus \
    --method org.freedesktop.DBus.Properties.Set org.a11y.Status IsEnabled "<true>" >/dev/null
  orca --replace >"$ROOM/orca.out" 2>&1 & orca=$!
  for _ in $(seq 300); do [ -s "$HEARD" ] && break; sleep .1; done   # it greets when it is up
  [ -s "$HEARD" ] || { echo "Orca did not start: $(tail -3 "$ROOM/orca.out")" >&2; kill $orca $bus; exit 3; }
  rc=0; "$@" || rc=$?
  kill $orca 2>/dev/null; sleep .3; kill $bus 2>/dev/null; exit $rc' _ "$@"
