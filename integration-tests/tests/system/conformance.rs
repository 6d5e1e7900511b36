//! Features in the form of the specification's conformance kit, run through public doors: deploy,
//! start, and what the trace and the instance tell.
//!
//! The features of `features/` always run. Those of the kit run where its folder is beside the
//! repository, with its public servers played by a local one.

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
/// Scenarios of our own.
const OWN_MIN: usize = 12;

#[tokio::test]
async fn own_features_hold() {
    let ran = run("features").await.expect("the folder is there");
    assert!(ran.passed >= OWN_MIN, "{} scenarios", ran.passed);
    assert_eq!(ran.skipped, 0);
}

#[tokio::test]
async fn the_kits_features_hold() {
    let Some(ran) = run("../../shared/spec/ctk/features").await else {
        println!("the conformance kit is not beside the repository: nothing was run");
        return;
    };
    assert!(ran.passed >= KIT_MIN, "{} scenarios", ran.passed);
}

#[derive(Default)]
struct Ran {
    passed: usize,
    skipped: usize,
}

/// Runs all scenarios of a folder, if it is there.
async fn run(folder: &str) -> Option<Ran> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "feature")
        })
        .collect();
    files.sort();
    let cluster = cluster(1).await;
    let stand = Stand::serve().await;
    let mut trace = cluster.trace();
    let mut ran = Ran::default();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
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
    Some(ran)
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
