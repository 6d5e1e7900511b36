//! Scripts, with the interpreters of this machine.

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_engine::WorkflowError;
use weir_executor::{Function, Hidden, Script, Settings};

use crate::{
    shell::{is_gone, pids},
    support::{action, call, parts, settings, until},
};

async fn run(language: &str, code: &str, more: Value) -> Result<Value, WorkflowError> {
    call(
        &Script::new(&settings()).unwrap(),
        request(language, code, &more),
    )
    .await
}

fn request(language: &str, code: &str, more: &Value) -> Value {
    let mut with = json!({ "language": language, "code": code, "return": "stdout" });
    for (key, value) in more.as_object().unwrap() {
        with[key] = value.clone();
    }
    json!({ "function": "script", "with": with })
}

#[tokio::test]
async fn arguments_environment_and_input_reach_scripts_of_both_languages() {
    let more = json!({
        "arguments": ["hello", "a b"],
        "environment": { "X": "y z", "N": 5 },
        "stdin": "in",
    });
    let js = "const [_, __, a, b] = process.argv;
        const input = require('fs').readFileSync(0, 'utf8');
        console.log([a, b, process.env.X, process.env.N, input, process.env.CARGO].join('|'))";
    assert_eq!(
        run("js", js, more.clone()).await.unwrap(),
        "hello|a b|y z|5|in|\n"
    );
    let python = "import os, sys\na, b = sys.argv[1:]\n\
        print('|'.join([a, b, os.environ['X'], os.environ['N'], sys.stdin.read(), \
        os.environ.get('CARGO', '')]))";
    assert_eq!(
        run("python", python, more).await.unwrap(),
        "hello|a b|y z|5|in|\n"
    );
}

#[tokio::test]
async fn what_is_returned_is_what_is_asked_for() {
    let code = "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)";
    let returned = async |what| {
        run("python", code, json!({ "return": what }))
            .await
            .unwrap()
    };
    assert_eq!(returned("stderr").await, "err\n");
    assert_eq!(returned("code").await, 3);
    assert_eq!(returned("none").await, Value::Null);
    assert_eq!(
        returned("all").await,
        json!({ "code": 3, "stdout": "out\n", "stderr": "err\n" })
    );
    let thrown = run("js", "throw new Error('no')", json!({ "return": "all" })).await;
    let thrown = thrown.unwrap();
    assert_eq!(thrown["code"], 1);
    assert!(thrown["stderr"].as_str().unwrap().contains("Error: no"));
}

#[tokio::test]
async fn a_missing_interpreter_is_named_with_the_setting() {
    let settings = Settings {
        node: "no-such-node".to_owned(),
        ..settings()
    };
    let script = Script::new(&settings).unwrap();
    let error = call(&script, request("js", "1", &json!({}))).await;
    let error = error.unwrap_err();
    let (kind, status, detail) = parts(&error);
    assert_eq!((kind, status), ("runtime", 500));
    assert!(detail.contains("`no-such-node` was not found"), "{detail}");
    assert!(detail.contains("set executor.node"), "{detail}");
    assert_eq!(
        call(&script, request("python", "print(1)", &json!({}))).await,
        Ok(json!("1\n"))
    );
}

#[tokio::test]
async fn output_beyond_the_limit_kills_the_script() {
    let settings = Settings {
        shell_output_bytes_max: 1000,
        ..settings()
    };
    let endless = "while (true) console.log('x'.repeat(100))";
    let error = call(
        &Script::new(&settings).unwrap(),
        request("js", endless, &json!({})),
    )
    .await;
    let error = error.unwrap_err();
    assert!(
        parts(&error).2.contains("more than 1000 bytes to stdout"),
        "{error}"
    );
}

#[tokio::test]
async fn a_dropped_call_ends_the_process_tree_and_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pids");
    let code = "import os, subprocess, sys\n\
        child = subprocess.Popen(['sleep', '1000'])\n\
        with open(sys.argv[1], 'a') as f: f.write(f'{os.getpid()}\\n{child.pid}\\n')\n\
        with open(sys.argv[1] + '.path', 'w') as f: f.write(sys.argv[0])\n\
        child.wait()";
    let script = Script::new(&settings()).unwrap();
    let request = request("python", code, &json!({ "arguments": [file] }));
    let request = serde_json::from_value(request).unwrap();
    let hidden = Hidden::default();
    let action = action(&request, &hidden);
    let path_file = folder.path().join("pids.path");
    let pids = tokio::select! {
        ended = script.call(&action) => panic!("{ended:?}"),
        pids = async {
            let pids = pids(&file, 2).await;
            let read = || std::fs::read_to_string(&path_file).unwrap_or_default();
            until("the path is written", || !read().is_empty()).await;
            pids
        } => pids,
    };
    script.close().await;
    for pid in pids {
        until("the process is gone", || is_gone(pid)).await;
    }
    let path = std::fs::read_to_string(path_file).unwrap();
    assert!(
        !std::path::Path::new(&path).exists(),
        "{path} is still there"
    );
}
