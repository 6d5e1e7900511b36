//! The features of the specification's conformance kit, run through public doors: deploy, start, and
//! what the trace and the instance tell.
//!
//! They run where the kit's folder is beside the repository, with its public servers played by a
//! local one.

mod feature;
mod kit;
mod steps;

use std::{fs, path::PathBuf};

use weir_integration_tests::{Api, Trace};

use self::{
    feature::{Scenario, scenarios},
    kit::Stand,
    steps::Outcome,
};
use crate::cluster;

/// Scenarios of the kit that use tasks which are executed.
const KIT_MIN: usize = 21;

#[tokio::test]
async fn the_kits_features_hold() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/spec/ctk/features");
    let Ok(entries) = fs::read_dir(folder) else {
        println!("the conformance kit is not beside the repository: nothing was run");
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "feature")
        })
        .collect();
    files.sort();
    let ran = run(&files).await;
    assert!(ran.passed >= KIT_MIN, "{} scenarios", ran.passed);
}

#[derive(Default)]
struct Ran {
    passed: usize,
    skipped: usize,
}

/// Runs all scenarios of the files.
async fn run(files: &[PathBuf]) -> Ran {
    let cluster = cluster(1).await;
    let stand = Stand::serve().await;
    let mut trace = cluster.trace();
    let mut ran = Ran::default();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let feature = file.file_stem().unwrap().to_string_lossy().into_owned();
        for (index, scenario) in scenarios(&text).into_iter().enumerate() {
            // The scenarios use the same names for different workflows.
            let namespace = format!("{feature}-{index}");
            let outcome = one(&cluster.api(), &mut trace, &stand, &namespace, &scenario).await;
            let name = &scenario.name;
            match outcome {
                Outcome::Passed => {
                    ran.passed += 1;
                    println!("passed   {feature}: {name}");
                }
                Outcome::Skipped(reason) => {
                    ran.skipped += 1;
                    println!("skipped  {feature}: {name} ({reason})");
                }
            }
        }
    }
    println!("{} scenarios passed, {} skipped", ran.passed, ran.skipped);
    assert!(cluster.dead_letters().await.is_empty());
    ran
}

async fn one(
    api: &Api,
    trace: &mut Trace,
    stand: &Stand,
    namespace: &str,
    scenario: &Scenario,
) -> Outcome {
    let scenario = scenario.with_hosts(|text| stand.take_the_place_of_hosts(text));
    steps::run(api, trace, namespace, &scenario).await
}
