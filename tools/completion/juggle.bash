# Completion for bash of juggle's programs. What there is to complete is what a program's --help lists.

# _juggle_values <value> <help behind it>: the words that a value can be, or "FILE".
_juggle_values() {
    local word line
    case $1 in
        FILE | PREFIX) echo FILE ;;
        *'|'*) for word in ${1//|/ }; do [[ $word == [a-z]* ]] && echo "$word"; done ;;
        *)  # or the first words of the lines below
            while IFS= read -r line; do
                [[ $line =~ ^\ +([a-z_]+)\ \ +[^\ ] ]] && echo "${BASH_REMATCH[1]}"
            done <<<"$2" ;;
    esac
}

_juggle_program() {
    local current=$2 previous=$3
    if [[ $current == '=' ]]; then
        current=
    elif [[ $previous == '=' ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    local line value= each options=() name=()
    local -A values=() below=()
    while IFS= read -r line; do
        if [[ $line =~ ^\ \ (-[-a-z,]+)(\ ([^\ ]+))?(\ |$) ]]; then
            value=${BASH_REMATCH[3]}
            IFS=, read -ra name <<<"${BASH_REMATCH[1]}"
            options+=("${name[@]}")
            for each in "${name[@]}"; do
                [[ -z $value ]] || values[$each]=$value
            done
        elif [[ -n $value && $line == '   '* ]]; then
            for each in "${name[@]}"; do below[$each]+=$line$'\n'; done
        fi
    done < <("$1" --help 2>/dev/null)

    COMPREPLY=()
    if [[ $1 == *juggle-layers ]]; then  # which ends at the program's name
        local at=1
        while [[ $at -lt $COMP_CWORD && ${COMP_WORDS[at]} == -* ]]; do
            [[ ${COMP_WORDS[at]} != -- ]] || { at=$((at + 1)); break; }
            if [[ ${COMP_WORDS[at + 1]} == '=' ]]; then
                at=$((at + 3))
            elif [[ -n ${values[${COMP_WORDS[at]}]} ]]; then
                at=$((at + 2))
            else
                at=$((at + 1))
            fi
        done
        if [[ $at -lt $COMP_CWORD || ($at -eq $COMP_CWORD && $current != -*) ]]; then
            if declare -F _command_offset >/dev/null; then
                _command_offset "$at"
            else
                compopt -o filenames
                local kind=-f
                [[ $at -lt $COMP_CWORD ]] || kind=-fc
                mapfile -t COMPREPLY < <(compgen $kind -- "$current" | sort -u)
            fi
            return
        fi
    fi

    if [[ -n ${values[$previous]} ]]; then
        local words
        words=$(_juggle_values "${values[$previous]}" "${below[$previous]}")
        if [[ $words == FILE ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        fi
    else
        mapfile -t COMPREPLY < <(compgen -W "${options[*]}" -- "$current")
    fi
}

complete -F _juggle_program waterfall correlator fengine reaction_diffusion rtl_tcp_player supervisor \
    juggle-layers
