// Bundles page/src into one page and writes it as C++: what comes before the data and what comes
// after it.
//
//   NODE_PATH=... node page/build.cjs page/src build/report/page_parts.cpp
'use strict';
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const [source, output] = process.argv.slice(2);
const read = name => fs.readFileSync(path.join(source, name), 'utf8');

function bundle(name) {
  const result = esbuild.buildSync({
    entryPoints: [path.join(source, name)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    charset: 'utf8',
    metafile: true,
    target: ['chrome103', 'firefox113', 'safari16.4'],
    nodePaths: [process.env.NODE_PATH],
    legalComments: 'eof',
    logLevel: 'warning',
  });
  return licences(result.metafile) +
      result.outputFiles[0].text.replaceAll('</script', '<\\/script');
}

/// Whoever passes a page on passes on what its libraries ask for: each licence once, all
/// copyrights.
function licences(metafile) {
  const folders = new Set(Object.keys(metafile.inputs)
                              .map(file => file.match(/^(.*\/node_modules\/[^/]+)\//)?.[1])
                              .filter(Boolean));
  const holders = new Map();  // by the text of the licence
  for (const folder of [...folders].sort()) {
    const text = fs.readFileSync(path.join(folder, 'LICENSE'), 'utf8');
    const copyright = text.match(/^Copyright.*$/m)[0], terms = text.replace(copyright, '').trim();
    holders.set(terms, [...holders.get(terms) ?? [], `${path.basename(folder)}: ${copyright}`]);
  }
  return [...holders].map(([terms, lines]) => `/*! ${lines.join('\n')}\n\n${terms} */\n`).join('');
}

/// Only this script and this style may run, and nothing may be fetched: the browser sees to it.
function policy(script, style) {
  const hash = text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; script-src ${hash(script)}; style-src ${
      hash(style)}; img-src data: blob:`;
}

function page() {
  const script = bundle('main.js');
  const style = bundle('style.css');
  const values = {SCRIPT: script, STYLE: style, POLICY: policy(script, style)};
  return read('page.html').replace(/\{\{(SCRIPT|STYLE|POLICY)\}\}/g, (_, name) => values[name]);
}

/// Compilers limit the length of one literal.
function literal(text) {
  const chunks = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + 8000, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1])) --end;
    chunks.push(`R"~~~~(${text.slice(at, end)})~~~~"`);
    at = end;
  }
  return chunks.map(chunk => `    ${chunk},\n`).join('');
}

const [before, after] = page().split('{{DATA}}');
if (after === undefined) throw new Error('page.html: {{DATA}} is not there once');
fs.writeFileSync(output, `// Made by page/build.cjs of page/src.
#include <string>

#include "sim/report/html/page.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kBefore[] = {
${literal(before)}};

constexpr std::string_view kAfter[] = {
${literal(after)}};

template <typename Chunks>
std::string joined(const Chunks& chunks) {
  std::string all;
  for (const std::string_view chunk : chunks) all += chunk;
  return all;
}

}  // namespace

PageParts page_parts() {
  static const std::string before = joined(kBefore), after = joined(kAfter);
  return {before, after};
}

}  // namespace cpuhp
`);
