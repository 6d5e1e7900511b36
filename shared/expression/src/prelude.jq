# Filters written in jq. Names that begin with an underscore are not visible to programs.
# What recurses does so in an inner definition, in tail position: those get a tick each time.

def error: _error as $x | .;
def error(f): (f | _error) as $x | .;

def select(f): if f then . else empty end;
def map(f): [.[] | f];
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type | . == "array" or . == "object");
def scalars: select(type | . != "array" and . != "object");
def finites: select(type == "number" and (isinfinite or isnan | not));
def normals: select(isnormal);

def tostring: "\(.)";
def toarray: if type == "array" then . else [.] end;

def recurse: ..;
def recurse(f): def rec: ., (f | rec); rec;
def recurse(f; cond): def rec: ., (f | select(cond) | rec); rec;
def repeat(f): def rec: f, rec; rec;
def while(cond; update): def rec: if cond then ., (update | rec) else empty end; rec;
def until(cond; update): def rec: if cond then . else update | rec end; rec;

def range($upto): _range(0; $upto; 1);
def range($from; $upto): _range($from; $upto; 1);
def range($from; $upto; $by): _range($from; $upto; $by);
def limit($n; f): if $n < 0 then error("limit doesn't support negative count") else _limit($n; f) end;
def skip($n; f): if $n < 0 then error("skip doesn't support negative count") else _skip($n; f) end;
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else first(_skip($n; f)) end;
def isempty(g): first((g | false), true);
def any(g; cond): isempty(first(g | cond or empty)) | not;
def all(g; cond): isempty(first(g | cond and empty));
def any(cond): any(.[]; cond);
def all(cond): all(.[]; cond);
def any: any(.[]; .);
def all: all(.[]; .);
def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);

def add(f): reduce f as $x (null; . + $x);
def unique: unique_by(.);
def min: min_by(.);
def max: max_by(.);
def flatten: flatten(1000);
def transpose:
  . as $rows | [range(map(length) | max // 0) as $at | [range($rows | length) as $row | $rows[$row][$at]]];
def combinations: reduce .[] as $choices ([]; . + ($choices[] | [.]));
def combinations($n): . as $choices | [range($n) | $choices] | combinations;
def in(f): . as $key | f | has($key);
def inside(f): . as $part | f | contains($part);
def index($part): indices($part) | .[0];
def rindex($part): indices($part) | .[-1];
def with_entries(f): to_entries | map(f) | from_entries;

def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def del(f): delpaths([path(f)]);
def pick(f): . as $all | reduce path(f) as $path (null; setpath($path; $all | getpath($path)));

def _captures: [.captures[] | select(.name != null) | { key: .name, value: .string }] | from_entries;
def match($re; $flags): _matches($re; $flags)[];
def match($re): if $re | type == "array" then match($re[0]; $re[1]) else match($re; null) end;
def test($re; $flags): _test($re; $flags);
def test($re): if $re | type == "array" then test($re[0]; $re[1]) else test($re; null) end;
def capture($re; $flags): match($re; $flags) | _captures;
def capture($re): match($re) | _captures;
def scan($re; $flags):
  match($re; "g" + $flags) | if .captures == [] then .string else [.captures[].string] end;
def scan($re): scan($re; null);
def split($re; $flags): [_pieces($re; "g" + $flags)[] | strings];
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);
def sub($re; f; $flags):
  reduce _pieces($re; $flags)[] as $x (""; . + ($x | if type == "object" then f else . end));
def sub($re; f): sub($re; f; null);
def gsub($re; f; $flags): sub($re; f; "g" + $flags);
def gsub($re; f): sub($re; f; "g");

def gmtime: _time | _gmtime;
def mktime: _time | _mktime;
def strftime($format): _time | _strftime($format);
def strptime($format): _format($format) | _strptime($format);
def todateiso8601: _time | floor | _todateiso8601;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def date: todate;

def pow10: exp10;
def gamma: lgamma;
