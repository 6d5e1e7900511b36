//! Which layer wins, what is refused, and that secrets are not shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeMap;

use clap::Parser;
use weir_runtime::config::{LogFormat, Secret};
use weir_runtime::{Cli, Config, ConfigError};

#[derive(Parser)]
struct Process {
    #[command(flatten)]
    cli: Cli,
}

type Pairs<'a> = &'a [(&'a str, &'a str)];
type Flags<'a> = &'a [&'a str];

/// The layers of one case. Files are (name, text) in the working directory.
#[derive(Default)]
struct Layers<'a> {
    files: Pairs<'a>,
    environment: Pairs<'a>,
    flags: Flags<'a>,
}

impl Layers<'_> {
    fn load(&self) -> Result<Config, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in self.files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let environment: BTreeMap<_, _> = self
            .environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let flags = std::iter::once("weir").chain(self.flags.iter().copied());
        let process = Process::try_parse_from(flags).unwrap();
        Config::load_from(&process.cli, &environment, directory.path())
    }

    fn refusal(&self) -> String {
        self.load()
            .expect_err("the layers should be refused")
            .to_string()
    }
}

#[test]
fn without_any_layer_the_defaults_hold() {
    assert_eq!(Layers::default().load().unwrap(), Config::default());
}

#[test]
fn a_later_layer_wins_key_by_key() {
    let file = "[nats]\nurl = 'nats://file:4222'\nname = 'file'\n[limits]\nsteps_max = 1\n";
    let files = [
        ("weir.toml", file),
        ("other.yaml", "nats:\n  url: nats://other:4222\n"),
    ];
    let environment = ("WEIR_NATS__URL", "nats://environment:4222");
    let set = "--set=nats.url=nats://set:4222";
    let flag = "--nats-url=nats://flag:4222";
    let cases: &[(Pairs, Flags, &str)] = &[
        (&[], &[], "nats://file:4222"),
        (&[("WEIR_CONFIG", "other.yaml")], &[], "nats://other:4222"),
        (
            &[("WEIR_CONFIG", "missing.yaml")],
            &["--config=other.yaml"],
            "nats://other:4222",
        ),
        (&[environment], &[], "nats://environment:4222"),
        (&[("WEIR_NATS__URL", "")], &[], "nats://file:4222"),
        (&[environment], &[set], "nats://set:4222"),
        (
            &[environment],
            &[set, "--set=nats.url=nats://last:4222"],
            "nats://last:4222",
        ),
        (&[environment], &[flag, set], "nats://flag:4222"),
    ];
    for (environment, flags, url) in cases {
        let config = Layers {
            files: &files,
            environment,
            flags,
        }
        .load()
        .unwrap();
        assert_eq!(config.nats.url, *url, "{environment:?} {flags:?}");
        let named_file = environment.iter().any(|(name, _)| *name == "WEIR_CONFIG");
        if !named_file {
            assert_eq!(
                config.nats.name.as_deref(),
                Some("file"),
                "what no layer overrides stays"
            );
            assert_eq!(config.limits.steps_max, 1);
        }
    }
}

#[test]
fn text_becomes_the_type_of_its_key() {
    let environment = [
        ("WEIR_EXECUTOR__FUNCTIONS", "http, openapi"),
        ("WEIR_EXECUTOR__CONCURRENCY_MAX", "16"),
        ("WEIR_INGRESS__LISTEN", "0.0.0.0:80"),
        ("WEIR_SCHEDULER__REPLICA", "3"),
        ("WEIR_HEALTH__TIMER_LISTEN", "127.0.0.1:0"),
        ("WEIR_TELEMETRY__LOG_FORMAT", "json"),
        ("WEIR_NATS__TOKEN", "007"),
        ("WEIR_TELEMETRY__SERVICE_INSTANCE", "true"),
    ];
    let config = Layers {
        environment: &environment,
        ..Layers::default()
    }
    .load()
    .unwrap();
    assert_eq!(config.executor.functions, ["http", "openapi"]);
    assert_eq!(config.executor.concurrency_max, 16);
    assert_eq!(config.ingress.listen, "0.0.0.0:80".parse().unwrap());
    assert_eq!(config.scheduler.replica, Some(3));
    assert_eq!(
        config.health.timer_listen,
        Some("127.0.0.1:0".parse().unwrap())
    );
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
    assert_eq!(config.nats.token, Some(Secret::new("007")));
    assert_eq!(config.telemetry.service_instance.as_deref(), Some("true"));
}

#[test]
fn a_number_without_a_default_is_read_from_every_layer() {
    for (flag, fits) in [("=255", true), ("=256", false), ("=first", false)] {
        let flag = format!("--set=scheduler.replica{flag}");
        let flags = [flag.as_str()];
        let loaded = Layers {
            flags: &flags,
            ..Layers::default()
        }
        .load();
        assert_eq!(loaded.is_ok(), fits, "{flag}: {loaded:?}");
    }
    let files = [("weir.toml", "[scheduler]\nreplica = 7\n")];
    let config = Layers {
        files: &files,
        ..Layers::default()
    }
    .load()
    .unwrap();
    assert_eq!(config.scheduler.replica, Some(7));
}

#[test]
fn an_unknown_key_is_named_with_its_origin_and_the_nearest_known_one() {
    let file = [(
        "weir.toml",
        "[nats]\nurll = 'x'\n[limit]\nsteps_max = 1\n[timer]\n",
    )];
    let from_file = Layers {
        files: &file,
        ..Layers::default()
    }
    .refusal();
    for expected in [
        "`nats.urll` (from ",
        "weir.toml)",
        "`nats.url` (WEIR_NATS__URL)",
    ] {
        assert!(from_file.contains(expected), "{expected}: {from_file}");
    }
    assert!(
        from_file.contains("`limit.steps_max`"),
        "all are named: {from_file}"
    );
    assert!(from_file.contains("`limits.steps_max`"), "{from_file}");

    let environment = [("WEIR_SCHEDULER__CONCURRENCY_MAX", "1")];
    let from_environment = Layers {
        environment: &environment,
        ..Layers::default()
    }
    .refusal();
    assert_eq!(
        from_environment,
        "configuration key `scheduler.concurrency_max` (from the environment variable \
         WEIR_SCHEDULER__CONCURRENCY_MAX): unknown; the nearest known key is \
         `executor.concurrency_max` (WEIR_EXECUTOR__CONCURRENCY_MAX)"
    );

    let from_flag = Layers {
        flags: &["--set", "nats=x"],
        ..Layers::default()
    }
    .refusal();
    assert!(
        from_flag.contains("`nats` (from --set nats)"),
        "{from_flag}"
    );
}

#[test]
fn variables_without_two_underscores_are_not_ours_unless_they_are_a_slip() {
    let injected = [
        ("WEIR_TIMER_PORT", "tcp://10.0.0.1:80"),
        ("WEIR_TEST_SERVER", "/bin/x"),
    ];
    let config = Layers {
        environment: &injected,
        ..Layers::default()
    }
    .load()
    .unwrap();
    assert_eq!(config, Config::default());

    let slip = [("WEIR_NATS_URL", "nats://x:4222")];
    let refusal = Layers {
        environment: &slip,
        ..Layers::default()
    }
    .refusal();
    assert!(refusal.contains("write it WEIR_NATS__URL"), "{refusal}");
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_its_key_and_origin() {
    let cases: &[(Pairs, Flags, &[&str])] = &[
        (
            &[("weir.toml", "limits.steps_max = 'many'")],
            &[],
            &[
                "`limits.steps_max` (from ",
                "weir.toml)",
                "invalid type: string \"many\"",
            ],
        ),
        (
            &[("weir.toml", "limits.steps_max = '7'")],
            &[],
            &["expected u64"],
        ),
        (
            &[("weir.toml", "limits.steps_max = -1")],
            &[],
            &["integer `-1`"],
        ),
        (&[("weir.toml", "limits.steps_max = 1.5")], &[], &["1.5"]),
        (
            &[],
            &["--set", "limits.namespaces=shop.steps_max"],
            &["`limits.namespaces` (from ", "shop.steps_max=1000"],
        ),
        (
            &[("weir.toml", "limits.namespaces = ['shop.steps=1']")],
            &[],
            &["steps_max, actions_max"],
        ),
        (&[("weir.toml", "nats = 5")], &[], &["`nats`"]),
        (
            &[("weir.yaml", "executor: {functions: [1]}")],
            &[],
            &["`executor.functions` (from "],
        ),
        (
            &[],
            &["--set", "ingress.listen=localhost"],
            &[
                "`ingress.listen` (from --set ingress.listen)",
                "socket address",
            ],
        ),
        (
            &[],
            &["--set", "telemetry.log_format=xml"],
            &["unknown variant `xml`", "`auto`"],
        ),
        (
            &[],
            &["--set", "nats.replicas=2"],
            &["`nats.replicas` (from --set nats.replicas)", "1, 3 or 5"],
        ),
        (&[], &["--set", "nats.user=me"], &["nats.password"]),
        (
            &[],
            &["--set", "limits.wait_ms_max=1"],
            &["must not exceed"],
        ),
        (
            &[("weir.toml", "[nats\n")],
            &[],
            &["cannot parse", "weir.toml", "line 1"],
        ),
        (
            &[("weir.yaml", "nats: [\n")],
            &[],
            &["cannot parse", "weir.yaml", "line 2"],
        ),
        (
            &[("weir.toml", "[nats]\ntoken = 'a'\ntoken = 'b'")],
            &[],
            &["duplicate key"],
        ),
        (&[], &["--config=weir.json"], &["must end in .toml"]),
        (&[], &["--config=none.toml"], &["cannot read", "none.toml"]),
    ];
    for (files, flags, expected) in cases {
        let refusal = Layers {
            files,
            flags,
            ..Layers::default()
        }
        .refusal();
        for part in *expected {
            assert!(
                refusal.contains(part),
                "{files:?} {flags:?}: {part:?} is not in: {refusal}"
            );
        }
    }
}

#[test]
fn secrets_are_neither_printed_nor_logged_nor_quoted_in_errors() {
    let flags = ["--set=nats.user=me", "--set=nats.password=s3cret"];
    let config = Layers {
        flags: &flags,
        ..Layers::default()
    }
    .load()
    .unwrap();
    assert_eq!(config.nats.password.as_ref().unwrap().expose(), "s3cret");
    for shown in [config.to_toml(), format!("{config:?}")] {
        assert!(
            !shown.contains("s3cret") && shown.contains("***"),
            "{shown}"
        );
    }

    let flags = [
        "--set=journal.backend=eventstore",
        "--set=journal.connection_string=esdb://me:s3cret@host:2113",
    ];
    let config = Layers {
        flags: &flags,
        ..Layers::default()
    }
    .load()
    .unwrap();
    let text = config.to_toml();
    assert!(text.contains("backend = \"eventstore\""), "{text}");
    for shown in [text, format!("{config:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    let file = [("weir.toml", "nats.token = 5559")];
    let refusal = Layers {
        files: &file,
        ..Layers::default()
    }
    .refusal();
    assert!(
        refusal.contains("`nats.token`") && !refusal.contains("5559"),
        "{refusal}"
    );
    let url = ["--nats-url=nats://me:s3cret@host:4222"];
    let refusal = Layers {
        flags: &url,
        ..Layers::default()
    }
    .refusal();
    assert!(
        refusal.contains("`nats.url`") && !refusal.contains("s3cret"),
        "{refusal}"
    );
}

#[test]
fn the_printed_configuration_reads_back_as_the_same() {
    let flags = [
        "--set=nats.name=a \"quoted\" \\name, and more",
        "--set=executor.functions=http",
    ];
    let config = Layers {
        flags: &flags,
        ..Layers::default()
    }
    .load()
    .unwrap();
    let text = config.to_toml();
    assert!(
        text.contains("# otlp_endpoint is not set"),
        "every key is shown: {text}"
    );
    assert!(text.contains("listen = \"127.0.0.1:8080\""), "{text}");
    let files = [("weir.toml", text.as_str())];
    let again = Layers {
        files: &files,
        ..Layers::default()
    }
    .load()
    .unwrap();
    assert_eq!(again, config);
}

#[test]
fn a_namespace_may_have_other_maxima() {
    let limits = weir_runtime::config::Limits {
        namespaces: vec![
            "shop.steps_max=10".to_owned(),
            "shop.duration_ms_max = 60000".to_owned(),
            "web.actions_max=1".to_owned(),
        ],
        ..weir_runtime::config::Limits::default()
    };
    let shop = limits.of("shop");
    assert_eq!((shop.steps_max, shop.duration_ms_max), (10, 60_000));
    assert_eq!(shop.actions_max, limits.actions_max);
    assert_eq!(limits.of("web").actions_max, 1);
    assert_eq!(limits.of("other"), limits);
}
