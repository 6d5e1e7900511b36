//! The specification's examples, where they are at hand.

use std::path::Path;

use weir_graph::Limits;

/// Every example compiles, or is refused only for what is not supported yet.
#[test]
fn compiles_the_examples_or_says_what_is_not_supported() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/examples");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    let (mut compiled, mut wrong) = (0, Vec::new());
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(path).unwrap();
        let result = weir_definition::parse(&text, &name).and_then(|definition| {
            weir_graph::compile(&definition, &Limits::default()).map(|program| program.bound)
        });
        match result {
            Ok(bound) => {
                compiled += 1;
                println!("{name}: {bound:?}");
            }
            Err(diagnostics) => {
                for diagnostic in &diagnostics {
                    println!("{name}:{diagnostic}");
                }
                if diagnostics
                    .iter()
                    .any(|diagnostic| diagnostic.code != "E104")
                {
                    wrong.push(name.into_owned());
                }
            }
        }
    }
    println!("{compiled} of {} compile", paths.len());
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(compiled > 0);
}
