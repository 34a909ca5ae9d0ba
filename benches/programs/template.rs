//! Renders pages from templates.

mod program;

use minijinja::{Environment, Value, context};
use program::Random;

fn main() {
    program::run((0..32).map(page).collect(), PASSES, job);
}

const PASSES: usize = 60;

struct Page {
    environment: Environment<'static>,
    values: Value,
}

fn job(page: &Page) -> u64 {
    let template = page.environment.get_template("page.html").expect("the template is known");
    let text = template.render(page.values.clone()).expect("the template renders");
    program::hash(text.as_bytes())
}

fn page(number: u64) -> Page {
    let mut environment = Environment::new();
    for (name, text) in [("page.html", PAGE), ("base.html", BASE), ("line.html", LINE)] {
        environment.add_template(name, text).expect("the template is one");
    }
    let mut random = Random::new(number);
    let items: Vec<_> = (0..40).map(|_| item(&mut random)).collect();
    Page { environment, values: context! { title => random.words(3), number, items } }
}

fn item(random: &mut Random) -> Value {
    context! {
        name => random.words(2),
        price => random.below(10_000),
        is_new => random.below(3) == 0,
        tags => (0..3).map(|_| random.word()).collect::<Vec<_>>(),
    }
}

const BASE: &str = "<html><title>{{ title|title }}</title>
{% block body %}{% endblock %}
<footer>{{ number }} & {{ title|upper }}</footer></html>";

const PAGE: &str = "{% extends 'base.html' %}
{% macro badge(text, kind='plain') %}<b class='{{ kind }}'>{{ text|trim }}</b>{% endmacro %}
{% block body %}<h1>{{ title }}</h1>
{% set total = items|map(attribute='price')|sum %}
{% for item in items if item.price > 100 %}
  <li class='{{ loop.cycle('odd', 'even') }}'>{{ loop.index }}/{{ loop.length }} {% include 'line.html' %}
  {{ badge(item.name|replace(' ', '-'), kind='new' if item.is_new else 'old') }}</li>
{% else %}nothing{% endfor %}
<p>{{ total }} {{ items|length * 3 + 1 }} {{ (total / 7)|round(2) }}</p>{% endblock %}";

const LINE: &str = "{{ item.name|capitalize }} <i>{{ item.tags|join(', ') }}</i> \
    {%- if item.price % 2 == 0 and not item.is_new %} even{% elif 'pebble' in item.tags %} pebble{% endif %}";
