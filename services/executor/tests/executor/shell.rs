//! Shell commands, for real.

use std::{path::Path, time::Duration};

use crate::support::{action, call, parts, settings, until};
use serde_json::{Value, json};
use tempfile::TempDir;
use weir_engine::WorkflowError;
use weir_executor::{Function, Hidden, Settings, Shell};

async fn run(command: &str, more: Value) -> Result<Value, WorkflowError> {
    run_with(settings(), command, more).await
}

async fn run_with(settings: Settings, command: &str, more: Value) -> Result<Value, WorkflowError> {
    call(&Shell::new(&settings), request(command, &more)).await
}

fn request(command: &str, more: &Value) -> Value {
    let mut request = json!({ "function": "shell", "command": command, "return": "stdout" });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

/// The process ids in the lines of a file, once there are `count` of them.
pub async fn pids(file: &Path, count: usize) -> Vec<u32> {
    let read = || -> Vec<u32> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n')?.parse().ok())
            .collect()
    };
    until("the process ids are written", || read().len() == count).await;
    read()
}

/// Gone, or dead and only not yet buried by its new parent.
pub fn is_gone(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| {
        stat.rsplit(") ").next().unwrap().starts_with('Z')
    })
}

#[tokio::test]
async fn arguments_environment_and_input_reach_the_command() {
    let more = json!({
        "arguments": ["Foo", "a b", ""],
        "environment": { "X": "y z" },
        "stdin": "in\n",
    });
    let out = run(
        r#"echo "$0|$1|$2|$3|$#|$X|$(cat)|${CARGO_MANIFEST_DIR-unset}""#,
        more,
    )
    .await;
    assert_eq!(out.unwrap(), "sh|Foo|a b||3|y z|in|unset\n");
    let without = run("cat; env | cut -d= -f1 | sort | tr '\\n' ' '", json!({}))
        .await
        .unwrap();
    let names: Vec<&str> = without.as_str().unwrap().split_whitespace().collect();
    assert!(names.contains(&"PATH"), "{names:?}");
    let known = ["HOME", "LANG", "PATH", "PWD", "SHLVL", "_", "OLDPWD"];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
}

#[tokio::test]
async fn what_is_returned_is_what_is_asked_for() {
    let command = "echo out; echo err >&2; exit 3";
    let returned = async |what| run(command, json!({ "return": what })).await.unwrap();
    assert_eq!(returned("stdout").await, "out\n");
    assert_eq!(returned("stderr").await, "err\n");
    assert_eq!(returned("code").await, 3);
    assert_eq!(returned("none").await, Value::Null);
    assert_eq!(
        returned("all").await,
        json!({ "code": 3, "stdout": "out\n", "stderr": "err\n" })
    );
    assert_eq!(
        run("kill -9 $$", json!({ "return": "code" }))
            .await
            .unwrap(),
        137
    );
    assert_eq!(
        run("no-such-command", json!({ "return": "code" }))
            .await
            .unwrap(),
        127
    );
    assert_eq!(
        run(r"printf '\377a'", json!({})).await.unwrap(),
        "\u{fffd}a"
    );
}

#[tokio::test]
async fn input_that_is_not_read_hurts_nobody() {
    let more = json!({ "stdin": "x".repeat(1024 * 1024) });
    assert_eq!(run("echo done", more.clone()).await.unwrap(), "done\n");
    assert_eq!(
        run("wc -c", more).await.unwrap().as_str().unwrap().trim(),
        "1048576"
    );
}

#[tokio::test]
async fn output_beyond_the_limit_kills_the_command() {
    let small = || Settings {
        shell_output_bytes_max: 1000,
        ..settings()
    };
    for (command, name) in [("yes", "stdout"), ("yes >&2", "stderr")] {
        let error = run_with(small(), command, json!({})).await.unwrap_err();
        let (kind, status, detail) = parts(&error);
        assert_eq!((kind, status), ("runtime", 500));
        assert!(
            detail.contains(&format!("more than 1000 bytes to {name}")),
            "{detail}"
        );
    }
    let exact = run_with(small(), "head -c 1000 /dev/zero", json!({}))
        .await
        .unwrap();
    assert_eq!(exact.as_str().unwrap().len(), 1000);
}

#[tokio::test]
async fn what_no_process_can_be_given_is_a_configuration_error() {
    let cases = [
        (json!({ "command": "a\0b" }), "shell.command"),
        (
            json!({ "arguments": ["a", "b\0"] }),
            "shell.arguments: number 1",
        ),
        (
            json!({ "environment": { "A=B": "" } }),
            "shell.environment: `A=B`",
        ),
        (
            json!({ "environment": { "": "" } }),
            "shell.environment: ``",
        ),
        (
            json!({ "environment": { "A": "\0" } }),
            "shell.environment: `A` contains",
        ),
    ];
    for (more, expected) in cases {
        let error = run("true", more).await.unwrap_err();
        let (kind, _, detail) = parts(&error);
        assert_eq!(kind, "configuration");
        assert!(detail.contains(expected), "{detail}");
    }
    let long = json!({ "arguments": ["x".repeat(1024 * 1024)] });
    let error = run("true", long).await.unwrap_err();
    let (kind, _, detail) = parts(&error);
    assert_eq!(kind, "runtime");
    assert!(detail.starts_with("sh cannot be started: "), "{detail}");
}

#[tokio::test]
async fn children_that_stay_behind_keep_neither_the_action_nor_their_lives() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pids");
    let command =
        r#"sleep 1000 & echo $! >> "$1"; (sleep 1000 >/dev/null 2>&1 & echo $! >> "$1"); echo out"#;
    let out = run(command, json!({ "arguments": [file] })).await.unwrap();
    assert_eq!(out, "out\n");
    for pid in pids(&file, 2).await {
        until("the child is gone", || is_gone(pid)).await;
    }
}

/// Starts a command with a child and a grandchild, one of them deaf to SIGTERM, and drops the
/// call.
async fn drop_running(command: &str, count: usize) -> (Shell, Vec<u32>) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pids");
    let shell = Shell::new(&settings());
    let request =
        serde_json::from_value(request(command, &json!({ "arguments": [file] }))).unwrap();
    let hidden = Hidden::default();
    let action = action(&request, &hidden);
    let pids = tokio::select! {
        ended = shell.call(&action) => panic!("{ended:?}"),
        pids = pids(&file, count) => pids,
    };
    (shell, pids)
}

#[tokio::test]
async fn a_dropped_call_ends_the_whole_process_tree() {
    let command = r#"echo $$ >> "$1"; sh -c 'sleep 1000 & echo $! >> "$1"; wait' sh "$1""#;
    let (shell, pids) = drop_running(command, 2).await;
    shell.close().await;
    for pid in pids {
        until("the process is gone", || is_gone(pid)).await;
    }
}

#[tokio::test]
async fn deafness_to_sigterm_does_not_save_a_process() {
    let command = r#"trap '' TERM; echo $$ >> "$1"; sleep 1000 & echo $! >> "$1"; wait; wait"#;
    let (shell, pids) = drop_running(command, 2).await;
    shell.close().await;
    for pid in pids {
        until("the process is gone", || is_gone(pid)).await;
    }
}

#[tokio::test]
async fn a_command_that_minds_sigterm_may_clean_up() {
    let folder = TempDir::new().unwrap();
    let cleaned = folder.path().join("cleaned");
    let command = format!(
        r#"trap 'touch "{}"; exit' TERM; echo $$ >> "$1"; while :; do sleep 1000 & wait $!; done"#,
        cleaned.display()
    );
    let (shell, _) = drop_running(&command, 1).await;
    tokio::time::timeout(Duration::from_secs(20), shell.close())
        .await
        .unwrap();
    assert!(cleaned.exists());
}
