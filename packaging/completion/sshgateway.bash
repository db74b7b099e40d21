# bash completion for sshgateway, sshgatewayctl, sshgateway-replay, sshgateway-dumpd (and their sshproxy names)

# Words in the first field of the comma-separated lines that a 'show -csv' of ctl prints; nothing when it cannot.
_sshgateway_state() { # COLUMN SHOW-ARGUMENTS…
    local column=$1 ctl
    shift
    ctl=$(type -P sshgatewayctl) || return 0
    "$ctl" ${_sshgateway_file:+-c "$_sshgateway_file"} show -csv "$@" 2>/dev/null </dev/null | cut -d, -f"$column" | sort -u
}

_sshgateway_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }
_sshgateway_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$1"); }
_sshgateway_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }

# The value of an option; returns 1 when the option takes none.
_sshgateway_value() { # OPTION CURRENT
    case "${1#-}" in
        -*) set -- "${1#-}" "$2" ;;
    esac
    case "$1" in
        -c | -config | -timing) _sshgateway_files "$2" ;;
        -output) _sshgateway_folders "$2" ;;
        -tls-cert | -tls-key | -tls-ca) _sshgateway_files "$2" ;;
        -user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
        -groups) mapfile -t COMPREPLY < <(compgen -g -- "$2") ;;
        -host) _sshgateway_words "$(_sshgateway_state 1 hosts | sed 's/:[0-9]*$//')" "$2" ;;
        -session) _sshgateway_words "$(_sshgateway_state 1 sessions)" "$2" ;;
        -service) _sshgateway_words "$(_sshgateway_state 2 connections)" "$2" ;;
        -kind) _sshgateway_words "login refusal end host ctl recording gateway" "$2" ;;
        -export) _sshgateway_words "asciicast asciicast2 asciicast3 text typescript" "$2" ;;
        -socket) _sshgateway_files "$2" ;;
        -source | -port | -expire | -drain | -message | -since | -limit | -grep | -interval | -count | -session | -speed | -max-wait | -listen | -module-time | -timeout)
            COMPREPLY=() ;;
        *) return 1 ;;
    esac
}

# Words of the command line before the cursor without options and their values, from index $1 on, into the array 'words';
# the configuration file into _sshgateway_file.
_sshgateway_parse() {
    local i word
    words=() _sshgateway_file=
    for ((i = $1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case "$word" in
            -c | --c | -config | --config) _sshgateway_file=${COMP_WORDS[++i]:-} ;;
            -user | -groups | -source | -service | -host | -port | -expire | -drain | -message | -since | -limit | -kind | -grep | -interval | -count | -session) ((i++)) ;;
            --user | --groups | --source | --service | --host | --port | --expire | --drain | --message | --since | --limit | --kind | --grep | --interval | --count | --session) ((i++)) ;;
            -*) ;;
            *) words+=("$word") ;;
        esac
    done
}

_sshgateway_ctl() { # FIRST: index of the first word behind the program's name
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} options
    local words _sshgateway_file
    _sshgateway_parse "$1"
    if [[ $previous == -* ]] && _sshgateway_value "$previous" "$current"; then return; fi
    case "${words[*]:0:2}" in
        "show connections" | "show users" | "show groups") options="-all -csv -json" ;;
        "show hosts" | "show gateways" | "show known_hosts") options="-csv -json" ;;
        "show config") options="-user -groups -source" ;;
        "show sessions") options="-user -csv -json" ;;
        "show events") options="-kind -user -host -since -limit -csv -json" ;;
        "show recordings") options="-user -since -limit -grep -csv -json" ;;
        "forget host" | "forget known_hosts") options="-all -host -port" ;;
        "forget persist") options="-user -service -host -port" ;;
        "forget mfa") options="-user" ;;
        watch*) options="-all -interval -count -session" ;;
        explain*) options="-groups -source -json" ;;
        enable*) options="-all -host -port" ;;
        disable*) options="-all -host -port -drain -message" ;;
        kill*) options="-user -host -port -message" ;;
        error_banner*) options="-expire" ;;
        show) options="-all -csv -json" ;;
        *) options= ;;
    esac
    if [[ $current == --* ]]; then
        _sshgateway_words "$(printf -- '-%s ' $options -c -help)" "$current"
        return
    elif [[ $current == -* ]]; then
        _sshgateway_words "$options -c -help" "$current"
        return
    fi
    case "${words[*]}" in
        "") _sshgateway_words "show watch explain enable disable kill error_banner forget convert version help" "$current" ;;
        show | "help show") _sshgateway_words "connections hosts users groups error_banner config sessions gateways events recordings known_hosts" "$current" ;;
        forget | "help forget") _sshgateway_words "host error_banner persist known_hosts mfa" "$current" ;;
        watch) _sshgateway_words "connections hosts users groups sessions gateways events" "$current" ;;
        help) _sshgateway_words "show watch explain enable disable kill error_banner forget convert version help" "$current" ;;
        explain) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
        kill) _sshgateway_words "$(_sshgateway_state 1 sessions)" "$current" ;;
        *) COMPREPLY=() ;;
    esac
}

_sshgateway_replay() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $previous == -* ]] && _sshgateway_value "$previous" "$current"; then return; fi
    case "$current" in
        --*) _sshgateway_words "--replay --speed --max-wait --follow --grep --export --timing --version --help" "$current" ;;
        -*) _sshgateway_words "-replay -speed -max-wait -follow -grep -export -timing -version -help" "$current" ;;
        *) _sshgateway_files "$current" ;;
    esac
}

_sshgateway_dumpd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $previous == -* ]] && _sshgateway_value "$previous" "$current"; then return; fi
    case "$current" in
        --*) _sshgateway_words "--listen --output --tls-cert --tls-key --tls-ca --help" "$current" ;;
        *) _sshgateway_words "-listen -output -tls-cert -tls-key -tls-ca --help" "$current" ;;
    esac
}

_sshgateway() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    if ((COMP_CWORD == 1)); then
        _sshgateway_words "serve check health authd ctl dumpd version --help --version" "$current"
        return
    fi
    case "${COMP_WORDS[1]}" in
        ctl) _sshgateway_ctl 2; return ;;
        dumpd) _sshgateway_dumpd; return ;;
    esac
    if [[ $previous == -* ]] && _sshgateway_value "$previous" "$current"; then return; fi
    case "${COMP_WORDS[1]}" in
        serve) _sshgateway_words "-c --config --help" "$current" ;;
        check) _sshgateway_words "-c --config -user --user -groups --groups -source --source --help" "$current" ;;
        health) _sshgateway_words "-c --config --timeout --help" "$current" ;;
        authd) _sshgateway_words "-c --config --socket --module-time --help" "$current" ;;
        *) COMPREPLY=() ;;
    esac
}

_sshgatewayctl() { _sshgateway_ctl 1; }

complete -F _sshgateway sshgateway
complete -F _sshgatewayctl sshgatewayctl sshproxyctl
complete -F _sshgateway_replay sshgateway-replay sshproxy-replay
complete -F _sshgateway_dumpd sshgateway-dumpd sshproxy-dumpd
