//! What every page must be: readable by everybody, and free of what workflows wrote.

use serde_json::{Value, json};
use weir_integration_tests::Browser;

/// Keys by their code points in WebDriver.
pub const TAB: char = '\u{e004}';
pub const ENTER: char = '\u{e007}';

/// Returns what is wrong with the page: landmarks, headings, labels, names, ids, contrast, width.
const AUDIT: &str = r"
const wrong = [];
const all = (selector) => [...document.querySelectorAll(selector)];
const name = (it) => (it.getAttribute('aria-label') || it.innerText || it.textContent).trim();
const where = (it) => it.outerHTML.slice(0, 120);
if (!document.documentElement.lang) wrong.push('no language');
if (!document.title.endsWith('· Weir')) wrong.push('title: ' + document.title);
for (const one of ['h1', 'main', 'header.top', 'footer', 'nav[aria-label=Main]'])
  if (all(one).length !== 1) wrong.push(all(one).length + ' of ' + one);
let level = 0;
for (const heading of all('h1, h2, h3, h4')) {
  const own = +heading.tagName[1];
  if (own > level + 1) wrong.push('heading skips a level: ' + where(heading));
  level = own;
}
for (const nav of all('nav')) if (!nav.getAttribute('aria-label')) wrong.push(where(nav));
for (const field of all('input:not([type=hidden]), select, textarea'))
  if (!field.labels.length) wrong.push('no label: ' + where(field));
for (const one of all('a, button, summary')) if (!name(one)) wrong.push('no name: ' + where(one));
for (const table of all('table')) {
  for (const head of table.querySelectorAll('th'))
    if (!head.scope) wrong.push('no scope: ' + where(head));
  const columns = table.querySelectorAll('thead th').length;
  for (const row of table.querySelectorAll('tbody tr')) {
    const cells = [...row.cells].reduce((sum, cell) => sum + cell.colSpan, 0);
    if (cells !== columns) wrong.push('cells: ' + where(row));
  }
}
for (const svg of all('svg'))
  if (svg.getAttribute('aria-hidden') !== 'true' && !svg.getAttribute('aria-label'))
    wrong.push('no name: ' + where(svg));
const ids = all('[id]').map((it) => it.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('id twice: ' + id);
for (const attribute of ['aria-labelledby', 'aria-describedby', 'for'])
  for (const it of all('[' + attribute + ']'))
    if (!document.getElementById(it.getAttribute(attribute))) wrong.push(where(it));
for (const it of all('[tabindex]')) if (it.tabIndex > 0) wrong.push('order: ' + where(it));
for (const it of all('[style], style, script:not([src])')) wrong.push('inline: ' + where(it));
for (const it of all('[src], link[href]'))
  if (new URL(it.src || it.href).origin !== location.origin) wrong.push('from afar: ' + where(it));
for (const scroll of all('.scroll, pre'))
  if (scroll.scrollWidth > scroll.clientWidth + 1 && scroll.tabIndex < 0
      && !scroll.querySelector('a, summary'))
    wrong.push('cannot be scrolled by keyboard: ' + where(scroll));
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide > 0) wrong.push('wider than the window by ' + wide);

// Contrast of texts with what is behind them: WCAG 2, level AA.
const numbers = (colour) => {
  const found = colour.match(/[\d.]+/g).map(Number);
  const unit = colour.startsWith('color(') ? 1 : 255;
  const alpha = found.length > 3 ? found[3] : 1;
  return [...found.slice(0, 3).map((one) => one / unit), alpha];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
const behind = (it) => {
  if (!it) return numbers(getComputedStyle(document.body).backgroundColor);
  const own = numbers(getComputedStyle(it).backgroundColor);
  return own[3] === 1 ? own : [...over(own, behind(it.parentElement)), 1];
};
const light = (colour) => {
  const [r, g, b] = colour.map((one) =>
    one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (texts.nextNode()) {
  const it = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || it.closest('svg, option') || !it.checkVisibility()) continue;
  const ground = behind(it).slice(0, 3);
  const ink = over(numbers(getComputedStyle(it).color), ground);
  const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  const key = it.className + it.tagName + contrast.toFixed(2);
  if (contrast < 4.5 && !seen.has(key)) wrong.push(contrast.toFixed(2) + ': ' + where(it));
  seen.add(key);
}
return wrong;
";

/// The page is as it should be for readers of all kinds.
pub async fn check(browser: &Browser, what: &str) {
    let wrong = browser.run(AUDIT).await;
    if wrong != json!([]) {
        let wrong = serde_json::to_string_pretty(&wrong).unwrap_or_default();
        panic!("{what}: {wrong}");
    }
}

/// No element is there that we did not write, and nothing has run.
pub async fn is_clean(browser: &Browser, what: &str) {
    let foreign = browser
        .run(
            "return [window.owned, ...document.querySelectorAll(
                'img, iframe, b, script:not([src=\"/assets/console.js\"]), [onerror], [onload]')]
                .filter((it) => it !== undefined).map((it) => it.outerHTML ?? it)",
        )
        .await;
    assert_eq!(foreign, Value::Array(Vec::new()), "{what}");
}
