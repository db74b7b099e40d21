# Makes the manual page sshgateway.yaml(5) of docs/configuration.md: the Markdown that is used there, and nothing beyond it.
#   awk -f markdown.awk configuration.md >sshgateway.yaml.5

BEGIN {
  print ".\\\" Made by packaging/man/markdown.awk from docs/configuration.md: edit that."
  print ".TH SSHGATEWAY.YAML 5 2026-11-28 SshGateway"
  print ".nh"
  print ".ad l"
  print ".SH NAME"
  print "sshgateway.yaml \\- configuration of the SSH gateway"
}

# Text that roff must not take for its own.
function escaped(s) {
  gsub(/\\/, "\\e", s)
  gsub(/-/, "\\-", s)
  gsub(/'/, "\\(aq", s)
  return s
}

function protected(s) { return s ~ /^[.]/ ? "\\&" s : s }

# `code` and **words** in bold, [text](file) as text.
function inline(s,    result, at) {
  while (match(s, /\[[^]]*\]\([^)]*\)/)) {
    at = index(substr(s, RSTART, RLENGTH), "](")
    s = substr(s, 1, RSTART - 1) substr(s, RSTART + 1, at - 2) substr(s, RSTART + RLENGTH)
  }
  s = escaped(s)
  result = ""
  while (match(s, /`[^`]*`|\*\*[^*]*\*\*/)) {
    at = substr(s, RSTART, 1) == "`" ? 1 : 2
    result = result substr(s, 1, RSTART - 1) "\\fB" substr(s, RSTART + at, RLENGTH - 2 * at) "\\fP"
    s = substr(s, RSTART + RLENGTH)
  }
  return result s
}

function put(s) { if (s != "") print protected(s) }

function end_paragraph() {
  if (paragraph != "") put(inline(paragraph))
  paragraph = ""
}

function end_code() {
  if (in_code) { print ".EE"; print ".RE" }
  in_code = 0
}

function end_list() {
  if (in_list) print ".RE"
  in_list = 0
}

function trimmed(s) { sub(/^ +/, "", s); sub(/ +$/, "", s); return s }

# Blank lines end a paragraph or stand within code.
/^$/ {
  end_paragraph()
  if (in_code) waiting = waiting "\n"
  blank = 1
  next
}

/^    / && blank && !in_list {
  if (!in_code) { print ".PP"; print ".RS 4"; print ".EX" }
  else printf "%s", waiting
  waiting = ""
  in_code = 1
  put(escaped(substr($0, 5)))
  next
}

{ if (in_code) { end_code(); waiting = "" } }

/^# / { print ".SH DESCRIPTION"; blank = 1; next }

/^### / { end_paragraph(); end_list(); print ".SS " inline(substr($0, 5)); blank = 1; next }

/^## / { end_paragraph(); end_list(); print ".SH " toupper(inline(substr($0, 4))); blank = 1; next }

/^\|/ {
  end_paragraph(); end_list()
  columns = split(substr($0, 2, length($0) - 2), cell, "|")
  for (i = 1; i <= columns; i++) cell[i] = trimmed(cell[i])
  if (!in_table) { header = cell[1]; in_table = 1; next }
  if (cell[1] ~ /^-+$/) next
  print ".TP"
  tag = inline(cell[1])
  if (columns == 4) {
    note = cell[2] (cell[2] != "" && cell[3] != "" ? ", " : "") (cell[3] != "" ? "default " cell[3] : "")
    put(tag (note == "" ? "" : " (" inline(note) ")"))
    put(inline(cell[4]))
  } else {
    put(tag)
    for (i = 2; i <= columns; i++) put(inline(cell[i]))
  }
  blank = 0
  next
}

{ in_table = 0 }

/^- / {
  end_paragraph()
  if (!in_list) print ".RS 0"
  in_list = 1
  print ".IP \\(bu 2"
  paragraph = substr($0, 3)
  blank = 0
  next
}

{
  if (in_list && blank) { end_paragraph(); end_list() }
  if (blank && paragraph == "") print ".PP"
  paragraph = paragraph (paragraph == "" ? "" : " ") trimmed($0)
  blank = 0
}

END {
  end_paragraph(); end_code(); end_list()
  print ".SH FILES"
  print ".TP"
  print "\\fB/etc/sshgateway/sshgateway.yaml\\fP"
  print "The file that the commands read unless \\fB\\-c\\fP names another."
  print ".SH SEE ALSO"
  print ".BR sshgateway (8),"
  print ".BR sshgatewayctl (8),"
  print ".BR sshgateway\\-replay (8),"
  print ".BR sshgateway\\-dumpd (8)"
}
