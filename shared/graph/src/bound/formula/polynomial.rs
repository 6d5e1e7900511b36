//! Polynomials over the sizes of loops.

use std::collections::BTreeMap;

use crate::TaskIndex;
use crate::bound::cost::Times;

/// The size of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variable {
    /// The loop.
    pub of: TaskIndex,
    /// Its most items.
    pub max: u64,
}

/// A sum of products of sizes, each with its factor. The empty product is 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Polynomial {
    terms: BTreeMap<Vec<Variable>, i128>,
}

impl Polynomial {
    pub fn constant(number: i128) -> Self {
        let mut terms = BTreeMap::new();
        if number != 0 {
            terms.insert(Vec::new(), number);
        }
        Self { terms }
    }

    pub fn plus(&self, other: &Self) -> Self {
        let mut terms = self.terms.clone();
        for (product, factor) in &other.terms {
            let sum = terms.entry(product.clone()).or_insert(0);
            *sum = sum.saturating_add(*factor);
        }
        terms.retain(|_, factor| *factor != 0);
        Self { terms }
    }

    pub fn times(&self, times: Times) -> Self {
        if times.max == 0 {
            return Self::default();
        }
        let terms = self.terms.iter().map(|(product, factor)| match times.of {
            None => (
                product.clone(),
                factor.saturating_mul(i128::from(times.max)),
            ),
            Some(of) => {
                let mut product = product.clone();
                product.push(Variable { of, max: times.max });
                product.sort_unstable();
                (product, *factor)
            }
        });
        Self {
            terms: terms.collect(),
        }
    }

    /// The negative of it.
    pub fn times_minus_one(&self) -> Self {
        let negative =
            |(product, factor): (&Vec<Variable>, &i128)| (product.clone(), factor.saturating_neg());
        Self {
            terms: self.terms.iter().map(negative).collect(),
        }
    }

    /// Whether it is never more than the other, whatever the sizes.
    pub fn is_below(&self, other: &Self) -> bool {
        let factor = |one: &Self, product| one.terms.get(product).copied().unwrap_or(0);
        let mut products = self.terms.keys().chain(other.terms.keys());
        products.all(|product| factor(self, product) <= factor(other, product))
    }

    pub fn is_constant(&self) -> bool {
        self.terms.keys().all(Vec::is_empty)
    }

    pub fn maximum(&self) -> i128 {
        self.sum(|variable| variable.max)
    }

    pub fn evaluate(&self, sizes: &BTreeMap<TaskIndex, u64>) -> i128 {
        self.sum(|variable| {
            let size = sizes.get(&variable.of).copied();
            size.map_or(variable.max, |size| size.min(variable.max))
        })
    }

    fn sum(&self, size: impl Fn(&Variable) -> u64) -> i128 {
        let values = self.terms.iter().map(|(product, factor)| {
            product.iter().fold(*factor, |value, variable| {
                value.saturating_mul(i128::from(size(variable)))
            })
        });
        values.fold(0, i128::saturating_add)
    }

    pub fn render(
        &self,
        name: &dyn Fn(TaskIndex) -> String,
        number: &dyn Fn(u64) -> String,
    ) -> String {
        let mut text = String::new();
        for (product, factor) in &self.terms {
            let size = u64::try_from(factor.unsigned_abs()).unwrap_or(u64::MAX);
            match (text.is_empty(), *factor < 0) {
                (true, false) => {}
                (true, true) => text.push('−'),
                (false, false) => text.push_str(" + "),
                (false, true) => text.push_str(" − "),
            }
            let names: Vec<String> = product.iter().map(|variable| name(variable.of)).collect();
            if names.is_empty() {
                text.push_str(&number(size));
            } else if size == 1 && number(1) == "1" {
                text.push_str(&names.join("·"));
            } else {
                text.push_str(&number(size));
                text.push('·');
                text.push_str(&names.join("·"));
            }
        }
        if text.is_empty() { number(0) } else { text }
    }
}
