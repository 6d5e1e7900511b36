//! `weir check` and `weir explain`, as a terminal and programs read them.

use std::fs;

use serde_json::Value;

use crate::weir;

/// What is right in all of the documents: one line.
const HEAD: &str = "document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }\n";

const WRONG: &str = "do:
  - pay:
      call: http
      with: { method: get, endpiont: https://a.example }
  - rest: { wait: 1h }
  - more: { wait: 2h }
";

const DOUBTFUL: &str = "do:
  - first: { set: { a: 1 }, then: end }
  - second: { set: { b: 2 } }
";

/// A folder with `wrong.yaml`, `doubtful.yaml` and `fine.yaml`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fine = "do:\n  - first: { wait: PT1S }\n";
    for (name, rest) in [("wrong", WRONG), ("doubtful", DOUBTFUL), ("fine", fine)] {
        fs::write(
            folder.path().join(format!("{name}.yaml")),
            format!("{HEAD}{rest}"),
        )
        .unwrap();
    }
    folder
}

#[test]
fn everything_is_said_at_once_and_what_a_code_means_once() {
    let folder = folder();
    let (code, out) = weir(folder.path(), &["check", "wrong.yaml"]);
    assert_eq!(code, 3);
    let expected = "\
wrong.yaml:5:7: error: `with` has no `endpoint` [E021]
  |
5 |       with: { method: get, endpiont: https://a.example }
  |       ^^^^
  = add `endpoint:` with a URL
  = why: Without it the document says too little to be run.

wrong.yaml:5:28: error: unknown property `endpiont` [E020]
  |
5 |       with: { method: get, endpiont: https://a.example }
  |                            ^^^^^^^^
  = did you mean `endpoint`? `with` may have `method`, `endpoint`, `headers`, `body`, `query`, \
`output` and `redirect`
  = why: The DSL has no such property at this place. It would be ignored, and what it was meant \
to do would not be done.

wrong.yaml:6:19: error: `1h` is not a duration: ISO 8601 durations begin with `P` [E028]
  |
6 |   - rest: { wait: 1h }
  |                   ^^
  = expected parts such as `seconds: 30`, ISO 8601 such as PT30S, or an expression in `${ }`
  = why: A span of time needs a number and a unit.

wrong.yaml:7:19: error: `2h` is not a duration: ISO 8601 durations begin with `P` [E028]
  |
7 |   - more: { wait: 2h }
  |                   ^^
  = expected parts such as `seconds: 30`, ISO 8601 such as PT30S, or an expression in `${ }`

wrong.yaml: 4 errors. `weir explain CODE` says more
";
    assert_eq!(out, expected);
}

#[test]
fn warnings_are_shown_but_the_document_is_fine() {
    let folder = folder();
    let (code, out) = weir(folder.path(), &["check", "doubtful.yaml"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("doubtful.yaml:4:5: warning: "), "{out}");
    assert!(out.contains("[W001]"), "{out}");
    assert!(
        out.contains("shop/order:1.0.0 is fine, with 1 warning. At most 1 steps"),
        "{out}"
    );
}

#[test]
fn the_worst_file_decides_how_it_ends() {
    let folder = folder();
    let ends = [
        (vec!["fine.yaml", "doubtful.yaml"], 0),
        (vec!["fine.yaml", "missing.yaml"], 2),
        (vec!["missing.yaml", "wrong.yaml", "fine.yaml"], 3),
        (vec!["wrong.yaml", "missing.yaml"], 3),
    ];
    for (files, expected) in ends {
        let arguments: Vec<&str> = [vec!["check"], files].concat();
        let (code, out) = weir(folder.path(), &arguments);
        assert_eq!(code, expected, "{arguments:?}: {out}");
    }
}

#[test]
fn limits_come_from_the_configuration() {
    let folder = folder();
    let small = "limits.namespaces=shop.duration_ms_max=10";
    let (code, out) = weir(folder.path(), &["check", "fine.yaml", "--set", small]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("[E106]"), "{out}");
}

#[test]
fn json_has_a_line_for_each_file() {
    let folder = folder();
    let files = [
        "check",
        "wrong.yaml",
        "doubtful.yaml",
        "missing.yaml",
        "--json",
    ];
    let (code, out) = weir(folder.path(), &files);
    assert_eq!(code, 3);
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [wrong, doubtful, missing] = &lines[..] else {
        panic!("{out}");
    };
    let first = &wrong["diagnostics"][1];
    assert_eq!(first["code"], "E020");
    assert_eq!(first["severity"], "error");
    assert_eq!((&first["line"], &first["column"]), (&5.into(), &28.into()));
    assert_eq!(
        (&first["endLine"], &first["endColumn"]),
        (&5.into(), &36.into())
    );
    assert_eq!(doubtful["diagnostics"][0]["severity"], "warning");
    assert_eq!(doubtful["bound"]["steps"], 1);
    assert_eq!(missing["file"], "missing.yaml");
    assert!(missing["error"].is_string());
}

#[test]
fn sarif_is_one_log_of_all_files() {
    let folder = folder();
    let files = [
        "check",
        "wrong.yaml",
        "doubtful.yaml",
        "missing.yaml",
        "--sarif",
    ];
    let (code, out) = weir(folder.path(), &files);
    assert_eq!(code, 3);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
    }
    let place = &results[1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "wrong.yaml");
    assert_eq!(place["region"]["startColumn"], 28);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn sarif_has_uris_for_names() {
    let folder = folder();
    let from = folder.path().join("wrong.yaml");
    fs::copy(from, folder.path().join("ein Maß.yaml")).unwrap();
    let (_, out) = weir(folder.path(), &["check", "ein Maß.yaml", "--sarif"]);
    assert!(out.contains("\"uri\": \"ein%20Ma%C3%9F.yaml\""), "{out}");
}

#[test]
fn every_code_is_explained() {
    let folder = folder();
    let (code, list) = weir(folder.path(), &["explain"]);
    assert_eq!(code, 0);
    assert!(list.contains("E028  not a duration"), "{list}");
    for line in list.lines() {
        let name = line.split("  ").next().unwrap();
        let (code, text) = weir(folder.path(), &["explain", &name.to_lowercase()]);
        assert_eq!(code, 0, "{name}");
        assert!(text.contains(&format!(" {name}: ")), "{text}");
    }
    assert_eq!(weir(folder.path(), &["explain", "E999"]).0, 1);
}
