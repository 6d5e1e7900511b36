//! Filters that the rewritten program is laced with.

use std::cmp::Ordering;
use std::iter;

use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, v};
use jaq_core::{Exn, Native};

use super::D;
use crate::meter;
use crate::value::{Error, Num, Val, ValXs};

/// `!tick` and `!tick32` pass their input (and its path) on, and end the program when the budget
/// is used up, in a way it cannot catch.
pub(super) fn filters() -> impl Iterator<Item = Fun<D>> {
    let once = Native::<D>::new(|cv| box_once(pass(1, cv.1)));
    let once = once.with_paths(|cv| box_once(pass(1, cv.1)));
    let many = Native::<D>::new(|cv| box_once(pass(32, cv.1)));
    let many = many.with_paths(|cv| box_once(pass(32, cv.1)));
    let empty =
        Native::<D>::new(|_| Box::new(iter::empty())).with_paths(|_| Box::new(iter::empty()));
    let range = Native::<D>::new(|mut cv| {
        let (by, upto, from) = (cv.0.pop_var(), cv.0.pop_var(), cv.0.pop_var());
        range(from, upto, by)
    });
    [
        ("!tick", v(0), once),
        ("!tick32", v(0), many),
        ("empty", v(0), empty),
        ("_range", v(3), range),
    ]
    .into_iter()
}

fn pass<'a, T>(steps: u64, value: T) -> Result<T, Exn<'a, Val>> {
    if meter::tick(steps) {
        Ok(value)
    } else {
        Err(Exn::halt(0))
    }
}

/// Numbers from one to before another. A step of zero gives none.
fn range<'a>(from: Val, upto: Val, by: Val) -> ValXs<'a> {
    let (Val::Num(from), Val::Num(upto), Val::Num(by)) = (from, upto, by) else {
        return box_once(Err(Error::str("Range bounds must be numeric").into()));
    };
    let direction = by.order(&Num::Int(0));
    let mut next = Some(from);
    Box::new(iter::from_fn(move || {
        let at = next.take()?;
        let within = match direction {
            Ordering::Less => at.order(&upto).is_gt(),
            Ordering::Equal => false,
            Ordering::Greater => at.order(&upto).is_lt(),
        };
        within.then(|| {
            next = Some(at.add(&by));
            let item = pass(1, Val::Num(at));
            if item.is_err() {
                next = None;
            }
            item
        })
    }))
}
