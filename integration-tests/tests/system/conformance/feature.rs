//! The part of Gherkin that the kit uses: scenarios, steps, text blocks.

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Without its keyword.
    pub text: String,
    /// The text block under it; empty if there is none.
    pub block: String,
}

impl Scenario {
    /// With `replace` applied to every text block.
    pub fn with_hosts(&self, replace: impl Fn(&str) -> String) -> Self {
        let mut scenario = self.clone();
        for step in &mut scenario.steps {
            step.block = replace(&step.block);
        }
        scenario
    }
}

/// The scenarios of a feature.
pub fn scenarios(feature: &str) -> Vec<Scenario> {
    let mut scenarios = Vec::<Scenario>::new();
    let mut lines = feature.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("Scenario:") {
            scenarios.push(Scenario {
                name: name.trim().to_owned(),
                steps: Vec::new(),
            });
            continue;
        }
        let Some(scenario) = scenarios.last_mut() else {
            // The feature's own text.
            continue;
        };
        if line.starts_with(QUOTES) {
            let block: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim() != QUOTES)
                .collect();
            let step = scenario.steps.last_mut();
            step.expect("a block belongs to a step").block = unindented(&block);
        } else if !line.is_empty() && !line.starts_with('#') {
            scenario.steps.push(Step {
                text: without_keyword(line).to_owned(),
                block: String::new(),
            });
        }
    }
    scenarios
}

const QUOTES: &str = "\"\"\"";
const KEYWORDS: [&str; 5] = ["Given ", "When ", "Then ", "And ", "But "];

fn without_keyword(line: &str) -> &str {
    let mut keywords = KEYWORDS.iter();
    let rest = keywords.find_map(|keyword| line.strip_prefix(keyword));
    let rest = rest.unwrap_or(line);
    // The kit writes `And given the …`.
    rest.strip_prefix("given ").unwrap_or(rest)
}

fn unindented(lines: &[&str]) -> String {
    let indent = |line: &&&str| line.len() - line.trim_start().len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let least = filled.map(|line| indent(&line)).min().unwrap_or(0);
    let lines = lines.iter().map(|line| line.get(least..).unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_feature_is_read() {
    let feature = "Feature: F\n  Scenario: S\n    Given a thing:\n    \"\"\"yaml\n    a:\n      b\n    \
                   \"\"\"\n    # aside\n    And given it is new\n    Then x should run first\n";
    let read = scenarios(feature);
    assert_eq!(read.len(), 1);
    let texts: Vec<&str> = read[0]
        .steps
        .iter()
        .map(|step| step.text.as_str())
        .collect();
    assert_eq!(texts, ["a thing:", "it is new", "x should run first"]);
    assert_eq!(read[0].steps[0].block, "a:\n  b");
}
