//! Values with expressions in them, and what expressions see.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};
use weir_expression::{
    Data, EvalErrorKind, Expression, Mode, Scope, Template, UriTemplate, expression_text,
    is_expression,
};

fn filled(template: &Value, mode: Mode, input: Value) -> Value {
    let template = Template::compile(template, mode, &[]).unwrap();
    template
        .eval(&Data::from(input), &Scope::default())
        .unwrap()
}

#[test]
fn strict_templates_evaluate_what_is_wrapped() {
    let template = json!({
        "wrapped": "${ .x }", "spaced": " \n${.x} ", "object": "${ {y: .x} }", "braces": "${{y: {z: .x}}}",
        "bare": ".x", "part": "a ${ .x }", "open": "${ .x", "price": "$5", "list": [1, ["${ .x }"]],
        "missing": "${ .nothing }", "${ .x }": "a key is no expression", "empty": {}
    });
    let expected = json!({
        "wrapped": 7, "spaced": 7, "object": {"y": 7}, "braces": {"y": {"z": 7}},
        "bare": ".x", "part": "a ${ .x }", "open": "${ .x", "price": "$5", "list": [1, [7]],
        "missing": null, "${ .x }": "a key is no expression", "empty": {}
    });
    assert_eq!(filled(&template, Mode::Strict, json!({"x": 7})), expected);
}

#[test]
fn loose_templates_try_everything() {
    let template = json!({
        "bare": ".x", "wrapped": "${ .x }", "number": "1 + 1", "text": "hello world", "date": "2024-01-02",
        "word": "hello", "failing": ".x.y", "endless": "repeat(.)", "list": [".x", true]
    });
    let expected = json!({
        "bare": 7, "wrapped": 7, "number": 2, "text": "hello world", "date": 2021,
        "word": "hello", "failing": ".x.y", "endless": "repeat(.)", "list": [7, true]
    });
    assert_eq!(filled(&template, Mode::Loose, json!({"x": 7})), expected);
}

#[test]
fn loose_templates_do_not_hide_exceeded_limits() {
    let template = Template::compile(&json!("[range(1e12)]"), Mode::Loose, &[]).unwrap();
    let error = template.eval(&Data::null(), &Scope::default()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::BudgetExceeded);
}

#[test]
fn all_results_of_a_template_share_one_limit() {
    let leaf = json!("${ \"x\" * 3000000 }");
    let scope = Scope::default();
    let fits = Template::compile(&json!([leaf, leaf]), Mode::Strict, &[]).unwrap();
    assert!(fits.eval(&Data::null(), &scope).is_ok());
    let not = Template::compile(&json!([leaf, leaf, leaf]), Mode::Strict, &[]).unwrap();
    let error = not.eval(&Data::null(), &scope).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::BudgetExceeded);
}

#[test]
fn results_are_not_evaluated_again() {
    let input = json!({"x": "${ .secret }", "secret": 1});
    assert_eq!(
        filled(&json!("${ .x }"), Mode::Strict, input.clone()),
        json!("${ .secret }")
    );
    assert_eq!(
        filled(&json!(".x"), Mode::Loose, input),
        json!("${ .secret }")
    );
}

#[test]
fn template_errors_name_the_place() {
    let template = json!({"a": {"b/c~": ["ok", " ${ .x | nope }"]}});
    let error = Template::compile(&template, Mode::Strict, &[]).unwrap_err();
    assert_eq!(error.pointer, "/a/b~1c~0/1");
    assert_eq!(error.error.offset, " ${ .x | ".len());
    assert_eq!(
        error.to_string(),
        "at `/a/b~1c~0/1`: there is no filter `nope`"
    );
    let empty = Template::compile(&json!("${}"), Mode::Strict, &[]).unwrap_err();
    assert_eq!((empty.pointer.as_str(), empty.error.offset), ("", 2));
}

#[test]
fn templates_know_what_they_use() {
    let template = json!(["${ $context }", {"a": "${ $item + $input }"}, "$task"]);
    let template = Template::compile(&template, Mode::Strict, &["item"]).unwrap();
    let used: Vec<&String> = template.variables().iter().collect();
    assert_eq!(used, ["context", "input", "item"]);
    assert!(!template.is_literal());
    let literal = Template::compile(&json!({"a": [".x", 1]}), Mode::Strict, &[]).unwrap();
    assert!(literal.is_literal() && literal.variables().is_empty());
}

#[test]
fn expression_texts() {
    for (source, text, wrapped) in [
        ("${ .x }", ".x", true),
        (" ${.x} ", ".x", true),
        ("${ {a: {b: 1}} }", "{a: {b: 1}}", true),
        ("${{a: 1}}", "{a: 1}", true),
        (" .x ", ".x", false),
        ("${ .x", "${ .x", false),
        ("$x}", "$x}", false),
        ("${}", "", true),
        ("$", "$", false),
        ("${", "${", false),
    ] {
        assert_eq!(
            (expression_text(source), is_expression(source)),
            (text, wrapped),
            "{source}"
        );
    }
}

#[test]
fn variables() {
    let scope = Scope::default()
        .with("context", Data::from(json!({"a": 1})))
        .with("item", Data::from(json!(2)))
        .with("item", Data::from(json!(3)));
    let eval = |program| {
        let expression = Expression::compile(program, &["item", "index"]).unwrap();
        expression.eval(&Data::from(json!(10)), &scope).unwrap()
    };
    assert_eq!(eval(". + $context.a + $item"), json!(14));
    assert_eq!(
        eval("[$index, $input, $secrets.nothing]"),
        json!([null, null, null])
    );
    assert_eq!(eval("$item as $context | $context"), json!(3));
    assert_eq!(eval("def f($item): $item + 1; f(1) + $item"), json!(5));
    assert_eq!(eval("map($item)?"), Value::Null);
    assert_eq!(eval("[1, 2] | map(. + $item)"), json!([4, 5]));
    assert_eq!(
        eval("reduce (1, 2) as $x ($item; . + $x + $context.a)"),
        json!(8)
    );
}

#[test]
fn conditions() {
    let test = |program: &str| {
        let expression = Expression::compile(program, &[]).unwrap();
        expression.test(&Data::from(json!({"a": 1})), &Scope::default())
    };
    for program in ["true", ".a == 1", "0", "\"\"", "[]", "{}", ".a"] {
        assert!(test(program).unwrap(), "{program}");
    }
    for program in ["false", "null", ".b", "empty", ".a > 1"] {
        assert!(!test(program).unwrap(), "{program}");
    }
    assert!(test(".a.b").is_err());
}

#[test]
fn uri_templates() {
    let input = Data::from(json!({
        "id": 7, "pet.id": "a b/ü?", "flag": true, "none": null, "list": [], "object": {}, "": 1
    }));
    let expanded = |source: &str| {
        UriTemplate::compile(source, &[])
            .unwrap()
            .eval(&input, &Scope::default())
    };
    for (source, uri) in [
        ("https://x.org/pets/{id}", "https://x.org/pets/7"),
        ("/{pet.id}", "/a%20b%2F%C3%BC%3F"),
        ("/{flag}{none}{missing}", "/true"),
        ("https://x.org", "https://x.org"),
        (" ${ \"/\\(.id)\" } ", "/7"),
        ("", ""),
    ] {
        assert_eq!(expanded(source).unwrap(), uri, "{source}");
    }
    for source in ["/{list}", "/{object}", "${ .id }", "${ .id.x }"] {
        assert!(expanded(source).is_err(), "{source}");
    }
    for source in [
        "/{",
        "/}",
        "/{}",
        "/{?id}",
        "/{id,flag}",
        "/{id*}",
        "/{id:3}",
        "/{{id}}",
        "${ nope }",
    ] {
        assert!(UriTemplate::compile(source, &[]).is_err(), "{source}");
    }
    let other = Data::from(json!([1]));
    let template = UriTemplate::compile("/{id}", &[]).unwrap();
    assert_eq!(template.eval(&other, &Scope::default()).unwrap(), "/");
}

#[test]
fn data() {
    let data = Data::from(json!({"a": [1, "b", null]}));
    assert_eq!(data.clone(), Data::from(json!({"a": [1, "b", null]})));
    assert_ne!(data, Data::null());
    assert_eq!(Data::default(), Data::from(Value::Null));
    assert_eq!(data.as_value()["a"][1], json!("b"));
    assert!(
        data.size_bytes()
            .abs_diff(data.as_value().to_string().len())
            < 20
    );
    assert_eq!(data.into_value(), json!({"a": [1, "b", null]}));
}
