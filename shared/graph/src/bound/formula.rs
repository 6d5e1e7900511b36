//! Costs as formulas over the sizes of inputs: the greatest of a few polynomials.

mod polynomial;

use std::collections::BTreeMap;

use self::polynomial::Polynomial;
use super::Cost;
use super::cost::Times;
use crate::{Bound, Measure, TaskIndex};

/// The most polynomials in a formula. Where there would be more, it is the number they cannot
/// exceed.
const ALTERNATIVES_MAX: usize = 4;

/// What one measure is at most: the greatest of some polynomials over the sizes of inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    alternatives: Vec<Polynomial>,
}

impl Formula {
    fn of(polynomials: impl IntoIterator<Item = Polynomial>) -> Self {
        let mut alternatives: Vec<Polynomial> = Vec::new();
        for polynomial in polynomials {
            if alternatives.iter().any(|other| polynomial.is_below(other)) {
                continue;
            }
            alternatives.retain(|other| !other.is_below(&polynomial));
            alternatives.push(polynomial);
        }
        if alternatives.len() > ALTERNATIVES_MAX {
            let most = alternatives.iter().map(Polynomial::maximum).max();
            alternatives = vec![Polynomial::constant(most.unwrap_or_default())];
        }
        Self { alternatives }
    }

    fn constant(number: u64) -> Self {
        Self::of([Polynomial::constant(i128::from(number))])
    }

    fn combine(
        &self,
        other: &Self,
        combine: impl Fn(&Polynomial, &Polynomial) -> Polynomial,
    ) -> Self {
        let pairs = self.alternatives.iter().flat_map(|one| {
            let combine = &combine;
            other
                .alternatives
                .iter()
                .map(move |other| combine(one, other))
        });
        Self::of(pairs.collect::<Vec<_>>())
    }

    fn plus(&self, other: &Self) -> Self {
        self.combine(other, Polynomial::plus)
    }

    fn or(&self, other: &Self) -> Self {
        Self::of(self.alternatives.iter().chain(&other.alternatives).cloned())
    }

    fn times(&self, times: Times) -> Self {
        Self::of(self.alternatives.iter().map(|one| one.times(times)))
    }

    fn map_cap(&self, cap: u64) -> Self {
        if self.maximum() <= cap {
            self.clone()
        } else {
            Self::constant(cap)
        }
    }

    /// What it is under the largest sizes.
    pub fn maximum(&self) -> u64 {
        let most = self.alternatives.iter().map(Polynomial::maximum).max();
        saturated(most.unwrap_or_default())
    }

    /// What it is under these sizes: a loop's items by its task.
    pub fn evaluate(&self, sizes: &BTreeMap<TaskIndex, u64>) -> u64 {
        let values = self.alternatives.iter().map(|one| one.evaluate(sizes));
        saturated(values.max().unwrap_or_default())
    }

    /// Whether it depends on no input.
    pub fn is_constant(&self) -> bool {
        self.alternatives.iter().all(Polynomial::is_constant)
    }

    /// `3 + 4·n`, with the names of the loops' sizes and each number as `number` writes it.
    pub fn render(
        &self,
        name: &dyn Fn(TaskIndex) -> String,
        number: &dyn Fn(u64) -> String,
    ) -> String {
        let all: Vec<String> = self
            .alternatives
            .iter()
            .map(|one| one.render(name, number))
            .collect();
        match all.as_slice() {
            [one] => one.clone(),
            all => format!("max({})", all.join(", ")),
        }
    }
}

fn saturated(number: i128) -> u64 {
    u64::try_from(number.max(0)).unwrap_or(u64::MAX)
}

/// A formula for each measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formulas {
    measures: Vec<Formula>,
}

impl Formulas {
    /// That of one measure.
    pub fn get(&self, measure: Measure) -> &Formula {
        &self.measures[measure as usize]
    }

    fn each(formula: impl Fn(Measure) -> Formula) -> Self {
        Self {
            measures: Measure::ALL.into_iter().map(formula).collect(),
        }
    }
}

impl Cost for Formulas {
    fn of(bound: Bound) -> Self {
        Self::each(|measure| Formula::constant(bound.get(measure)))
    }

    fn then(&self, next: &Self) -> Self {
        Self::each(|measure| {
            let (one, other) = (self.get(measure), next.get(measure));
            if measure == Measure::Branches {
                one.or(other)
            } else {
                one.plus(other)
            }
        })
    }

    fn beside(&self, other: &Self) -> Self {
        Self::each(|measure| {
            let (one, other) = (self.get(measure), other.get(measure));
            if measure == Measure::Duration {
                one.or(other)
            } else {
                one.plus(other)
            }
        })
    }

    fn or(&self, other: &Self) -> Self {
        Self::each(|measure| self.get(measure).or(other.get(measure)))
    }

    fn times(&self, times: Times) -> Self {
        Self::each(|measure| {
            if measure == Measure::Branches && times.max > 0 {
                self.get(measure).clone()
            } else {
                self.get(measure).times(times)
            }
        })
    }

    fn times_last(&self, last: &Self, times: Times) -> Self {
        let minus_one = |one: &Polynomial| one.times(times).plus(&one.times_minus_one());
        Self::each(|measure| {
            let (each, last) = (self.get(measure), last.get(measure));
            if measure == Measure::Branches {
                return each.or(last);
            }
            if each == last {
                return each.times(times);
            }
            each.combine(last, |each, last| minus_one(each).plus(last))
        })
    }

    fn within(&self, duration_ms: u64) -> Self {
        Self::each(|measure| {
            if measure == Measure::Duration {
                self.get(measure).map_cap(duration_ms)
            } else {
                self.get(measure).clone()
            }
        })
    }

    fn number(&self, measure: Measure) -> u64 {
        self.get(measure).maximum()
    }
}
