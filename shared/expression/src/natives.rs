//! The filters that are not written in jq.
//!
//! Each pays for its work before it does it, and builds values only through
//! [`Val`](crate::value::Val)'s checked constructors. From jaq come only those that need nothing
//! of the kind: control flow, mathematics, and time conversion behind a check of its input. What
//! reads the world (`env`, `now`, `input`, `localtime`, …) is not among them at all.

mod arrays;
mod control;
mod dates;
mod formats;
mod objects;
mod paths;
mod patterns;
mod strings;
mod types;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jaq_core::data::JustLut;
use jaq_core::native::{Filter, Fun, run, v};
use jaq_core::{Bind, Ctx, RunPtr};

use crate::value::{Error, Val, ValXs};

/// What jaq's compiled programs are generic over.
pub(crate) type D = JustLut<Val>;

type Named = Filter<RunPtr<D>>;

/// All filters. Names that begin with `_` or `!` are for the prelude and the rewritten program
/// only.
pub(crate) fn all() -> impl Iterator<Item = Fun<D>> {
    let own = [
        arrays::filters(),
        dates::filters(),
        formats::filters(),
        objects::filters(),
        patterns::filters(),
        strings::filters(),
        types::filters(),
    ];
    own.into_iter()
        .flat_map(|filters| filters.into_iter().map(run::<D>))
        .chain(control::filters())
        .chain(paths::filters())
        .chain(borrowed())
}

/// The filters taken from jaq, renamed where our prelude wraps them.
fn borrowed() -> impl Iterator<Item = Fun<D>> {
    static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| TAKEN.into());
    // Asked for hundreds of names whenever a program is compiled.
    let taken = &*NAMES;
    let theirs = jaq_core::funs()
        .chain(jaq_std::base_funs())
        .chain(jaq_std::extra_funs());
    theirs.filter_map(|(name, arguments, native)| {
        let name = match name {
            "limit" => "_limit",
            "skip" => "_skip",
            "gmtime" => "_gmtime",
            "mktime" => "_mktime",
            "strftime" => "_strftime",
            "strptime" => "_strptime",
            "todateiso8601" => "_todateiso8601",
            known if taken.contains(known) => known,
            _ => return None,
        };
        Some((name, arguments, native))
    })
}

#[rustfmt::skip]
const TAKEN: [&str; 55] = [
    "path", "first", "last", "floor", "round", "ceil", "fromdateiso8601",
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "exp", "exp10",
    "exp2", "expm1", "fabs", "frexp", "j0", "j1", "lgamma", "log", "log10", "log1p", "log2",
    "modf", "nearbyint", "rint", "sin", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc", "y0",
    "y1", "atan2", "copysign", "fdim", "fmax", "fmin", "fmod", "hypot", "ldexp", "nextafter",
    "pow", "scalbln", "fma", "erf", "erfc",
];

/// A filter without arguments.
fn plain(name: &'static str, filter: RunPtr<D>) -> Named {
    (name, v(0), filter)
}

/// A filter whose arguments are values: it runs once for every combination of their outputs.
fn valued(name: &'static str, arguments: usize, filter: RunPtr<D>) -> Named {
    (name, v(arguments), filter)
}

/// A filter with one argument that it runs itself.
fn taking(name: &'static str, filter: RunPtr<D>) -> Named {
    (name, [Bind::Fun(())].into(), filter)
}

/// Takes the last argument as a function from values to their outputs.
fn function<'a>(ctx: &mut Ctx<'a, D>) -> impl Fn(Val) -> ValXs<'a> + Clone + use<'a> {
    let (filter, ctx) = ctx.pop_fun();
    move |value| filter.run((ctx.clone(), value))
}

fn not_a(value: &Val, wanted: &str) -> Error {
    Error::str(format_args!(
        "{} given where {wanted} is needed",
        value.kind()
    ))
}
