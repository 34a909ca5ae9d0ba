//! Renders templates.

use minijinja::{Environment, Error, ErrorKind, State, Value, context};
use serde::Serialize;

#[derive(Serialize)]
struct User {
    name: &'static str,
    age: u32,
    tags: Vec<&'static str>,
    site: Option<&'static str>,
}

/// A template in each line.
const TEMPLATES: &str = include_str!("data.txt");

fn greet(name: String) -> Result<String, Error> {
    Ok(format!("hello {name}"))
}

fn fails() -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, "it always fails"))
}

fn shout(_state: &State, text: &str) -> Result<String, Error> {
    Ok(format!("{}!", text.to_uppercase()))
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.add_template("base", "<{% block title %}{% endblock %}>{% block body %}base{% endblock %}")?;
    env.add_template("part", "part of {{ user.name }}")?;
    env.add_template("macros", "{% macro twice(n) %}{{ n * 2 }}{% endmacro %}")?;
    env.set_loader(|name| Ok((name == "loaded").then(|| "loaded".to_owned())));
    env.add_function("greet", greet);
    env.add_function("fails", fails);
    env.add_filter("shout", shout);
    env.add_test("small", |n: u32| n < 5);
    Ok(env)
}

fn tree() -> Value {
    let leaf = context! { name => "c", children => Vec::<Value>::new() };
    Value::from(vec![context! { name => "r", children => vec![leaf] }])
}

fn values() -> Value {
    let user = |name, age, site| User { name, age, tags: vec!["x", "y"], site };
    context! {
        user => user("ann", 33, None),
        users => vec![user("bob", 21, Some("b.org")), user("cat", 19, None)],
        mapping => context! { a => 1, b => "two" },
        tree => tree(),
        cycle_me => 1,
    }
}

/// Renders one template.
fn render(source: &str) -> Result<String, Error> {
    let mut env = environment()?;
    env.add_template_owned("main", source.to_owned())?;
    let template = env.get_template("main")?;
    template.render(values())
}

/// Renders one text without a template, and evaluates an expression.
fn evaluate(source: &str) -> Result<String, Error> {
    let env = environment()?;
    let text = env.render_str("{% include 'loaded' %} {{ user.name }}", values())?;
    let value = env.compile_expression(source)?.eval(values())?;
    Ok(format!("{text} {value}"))
}

fn main() {
    for source in TEMPLATES.lines() {
        fault::case(source, || render(source).map_err(|error| error.to_string()));
    }
    for source in ["1 + 2", "user.name|upper", "[1, 2]|length", "1 +"] {
        fault::case(source, || evaluate(source).map_err(|error| error.to_string()));
    }
    fault::finish();
}
