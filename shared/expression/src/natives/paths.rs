//! Paths: reading, setting, deleting, and the assignment operators.
//!
//! As in jq, and unlike jaq, `p |= f` collects the paths of `p` first and then changes the value
//! at each: so everything that has a path can be assigned to, null on the way becomes an array or
//! object, and the work is a loop rather than a recursion.

use std::cell::Cell;

use jaq_core::box_iter::{box_once, then};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Bind, Ctx, Exn, Native};

use super::{D, Named, function, taking, valued};
use crate::meter;
use crate::value::{Error, Object, Val, ValR, ValX, ValXs, exhausted, order, pay_for_order};

type Outcome<'a, T> = Result<T, Exn<'a, Val>>;

pub(super) fn filters() -> impl Iterator<Item = Fun<D>> {
    let plain: Vec<Named> = vec![
        valued("setpath", 2, |mut cv| {
            let (value, path) = (cv.0.pop_var(), cv.0.pop_var());
            box_once(keys(&path).map_err(Exn::from).and_then(|keys| {
                let set = |_| Ok(Some(value.clone()));
                Ok(at_path(cv.1, keys, &set)?.unwrap_or(Val::NULL))
            }))
        }),
        valued("delpaths", 1, |mut cv| {
            let paths = cv.0.pop_var();
            bome(keys(&paths).and_then(|paths| delete(cv.1, paths.to_vec())))
        }),
        (
            "_modify",
            [Bind::Fun(()), Bind::Fun(())].into(),
            |mut cv| {
                let change = function(&mut cv.0);
                box_once(paths(&mut cv.0, &cv.1).and_then(|paths| modify(cv.1, paths, change)))
            },
        ),
        (
            "_assign",
            [Bind::Fun(()), Bind::Var(())].into(),
            |mut cv| {
                let new = cv.0.pop_var();
                box_once(paths(&mut cv.0, &cv.1).and_then(|paths| {
                    let set = |_| Ok(Some(new.clone()));
                    paths.iter().try_fold(cv.1, |value, path| {
                        Ok(at_path(value, keys(path)?, &set)?.unwrap_or(Val::NULL))
                    })
                }))
            },
        ),
        taking("map_values", |mut cv| {
            let f = function(&mut cv.0);
            box_once(map_values(cv.1, f))
        }),
        taking("walk", |mut cv| {
            let f = function(&mut cv.0);
            then(walk(cv.1, &f), |outputs| {
                Box::new(outputs.into_iter().map(Ok))
            })
        }),
    ];
    plain.into_iter().map(run::<D>).chain([get()])
}

/// `getpath`, which has a path of its own.
fn get() -> Fun<D> {
    let native = Native::<D>::new(|mut cv| {
        let path = cv.0.pop_var();
        bome(
            keys(&path)
                .and_then(|keys| keys.iter().try_fold(cv.1, |value: Val, key| value.at(key))),
        )
    });
    let native = native.with_paths(|mut cv| {
        let path = cv.0.pop_var();
        let (mut value, mut steps) = cv.1;
        let walked = keys(&path).and_then(|keys| {
            for key in keys {
                value = value.at(key)?;
                steps = steps.cons(key.clone());
            }
            Ok((value, steps))
        });
        box_once(walked.map_err(Exn::from))
    });
    ("getpath", v(1), native)
}

/// Takes the last argument as a filter, and collects the paths it has in the value.
fn paths<'a>(ctx: &mut Ctx<'a, D>, value: &Val) -> Outcome<'a, Vec<Val>> {
    let (filter, ctx) = ctx.pop_fun();
    #[expect(clippy::default_trait_access, reason = "jaq does not export the type")]
    let found = filter.paths((ctx, (value.clone(), Default::default())));
    found
        .map(|found| {
            let mut path: Vec<Val> = found?.1.iter().cloned().collect();
            path.reverse();
            Ok(Val::array(path)?)
        })
        .collect()
}

fn keys(path: &Val) -> Result<&[Val], Error> {
    path.as_items()
        .ok_or_else(|| Error::str("Path must be specified as an array"))
}

fn modify<'a>(value: Val, paths: Vec<Val>, change: impl Fn(Val) -> ValXs<'a>) -> ValX<'a> {
    let mut changed = value;
    let mut emptied = Vec::new();
    for path in paths {
        // What the filter makes nothing of is removed at the end, so that later paths still hold.
        let empty = Cell::new(false);
        let step = |value| {
            let first = change(value).next().transpose()?;
            empty.set(first.is_none());
            Ok(first)
        };
        changed = at_path(changed, keys(&path)?, &step)?.unwrap_or(Val::NULL);
        if empty.get() {
            emptied.push(path);
        }
    }
    Ok(if emptied.is_empty() {
        changed
    } else {
        delete(changed, emptied)?
    })
}

/// Changes the value at a path; `None` if the path is empty and the change gives nothing.
fn at_path<'a>(
    value: Val,
    path: &[Val],
    change: &dyn Fn(Val) -> Outcome<'a, Option<Val>>,
) -> Outcome<'a, Option<Val>> {
    match path.split_first() {
        None => change(value),
        Some((key, rest)) => value
            .change(key, |child| at_path(child, rest, change))
            .map(Some),
    }
}

/// Deletes paths, the last first, so that the others keep their meaning.
fn delete(value: Val, mut paths: Vec<Val>) -> ValR {
    if !pay_for_order(paths.iter()) {
        return Err(exhausted());
    }
    paths.sort_by(|x, y| order(y, x));
    paths
        .iter()
        .try_fold(value, |value, path| match keys(path)? {
            [] => Ok(Val::NULL),
            path => delete_at(value, path),
        })
}

fn delete_at(value: Val, path: &[Val]) -> ValR {
    match path {
        [] => Ok(value),
        [key] => {
            if meter::tick(1) {
                value.without(key)
            } else {
                Err(exhausted())
            }
        }
        [key, rest @ ..] => match value.at(key)? {
            Val::Null(_) => Ok(value),
            Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Arr(_) | Val::Obj(_) => {
                value.change(key, |child| delete_at(child, rest).map(Some))
            }
        },
    }
}

/// `.[] |= f`, without the detour over paths.
fn map_values<'a>(value: Val, f: impl Fn(Val) -> ValXs<'a>) -> ValX<'a> {
    let first = |item| {
        if meter::tick(1) {
            f(item).next().transpose()
        } else {
            Err(exhausted().into())
        }
    };
    match value {
        Val::Arr(array) => {
            let items = array
                .into_items()
                .into_iter()
                .filter_map(|item| first(item).transpose());
            Ok(Val::array(items.collect::<Outcome<'a, _>>()?)?)
        }
        Val::Obj(object) => {
            let mut changed = Object::empty();
            for (key, item) in object.into_entries() {
                if let Some(item) = first(item)? {
                    changed.insert(key, item);
                }
            }
            Ok(changed.admitted()?)
        }
        Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_) => {
            Err(Error::str(format_args!("Cannot iterate over {}", value.kind())).into())
        }
    }
}

/// Applies a filter to every value from the leaves up: all outputs count within arrays, the first
/// within objects. As deep as the value, which is bounded.
fn walk<'a>(value: Val, f: &dyn Fn(Val) -> ValXs<'a>) -> Outcome<'a, Vec<Val>> {
    if !meter::tick(1) {
        return Err(exhausted().into());
    }
    let walked = match value {
        Val::Arr(array) => {
            let mut items = Vec::new();
            for item in array.into_items() {
                items.extend(walk(item, f)?);
            }
            Val::array(items)?
        }
        Val::Obj(object) => {
            let mut walked = Object::empty();
            for (key, item) in object.into_entries() {
                if let Some(item) = walk(item, f)?.into_iter().next() {
                    walked.insert(key, item);
                }
            }
            walked.admitted()?
        }
        scalar @ (Val::Null(_) | Val::Bool(_) | Val::Num(_) | Val::Str(_)) => scalar,
    };
    f(walked).collect()
}
