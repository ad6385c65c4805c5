// `--report` as a person uses it: in a headless Chromium, from a file, with mouse and keyboard.
//
//   NODE_PATH=build/report/node_modules node tests/report/report_test.cjs build/cpuhp-sim
'use strict';
const assert = require('node:assert/strict');
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {open, start} = require('./browser.cjs');

const program = path.resolve(process.argv[2]);
const root = path.resolve(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpuhp-report-'));
const scenario = name => path.join(root, 'scenarios', `${name}.json`);
let browser;

/// Runs the program; gives back what it printed, and where the page is.
function report(name, ...words) {
  const file = path.join(folder, `${name}.html`);
  const {status, stdout: out} = spawnSync(
      program, [...words, '--format', 'json', '--report', file],
      {cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28});
  assert.ok(status === 0 || status === 1, `exit code ${status}`);
  return {document: JSON.parse(out), file, address: `file://${file}`};
}

const domain = page => page.evaluate(() => window.cpuhpReport.timeline.x.domain());
/// Until the address says what the view is, and the picture shows it.
async function settle(page) {
  await page.waitForFunction(() => (location.hash || '#') === window.cpuhpReport.link());
  await page.evaluate(
      () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/// Opens a table and gives it back when it is filled: that is an event of its own, later.
async function unfold(page, title) {
  const table = page.locator('details', {has: page.locator('summary', {hasText: title})});
  await table.locator('summary').click();
  await table.locator('> div > *').first().waitFor();
  return table;
}

/// Every ns that a table says.
const figures = page => page.$$eval('.summary data', list => list.map(d => Number(d.value)));

/// Places in a design's lanes, until one has something to say.
async function hoverSomething(page) {
  const box = await page.locator('.lanes canvas').boundingBox();
  for (let y = 60; y < box.height; y += 9)
    for (let x = 140; x < box.width - 100; x += 40) {
      await page.mouse.move(box.x + x, box.y + y);
      const facts = await page.evaluate(() => {
        const node = document.querySelector('.facts');
        return node.hidden ? null : node.innerText;
      });
      if (facts?.includes('callback')) return {facts, x: box.x + x, y: box.y + y};
    }
  return null;
}

before(async () => {
  browser = await start();
});
after(async () => {
  await browser.close();
  fs.rmSync(folder, {recursive: true});
});

test('the lane of the bystanders: every stop, and who they are', async () => {
  const {document, address} = report('smt', 'run', scenario('smt-off'));
  const {page, close} = await open(browser, address);
  const {stopped, y} = await page.evaluate(() => {
    const [row] = window.cpuhpReport.timeline.layout.rows, {until, what} = row.run.bystanders;
    return {stopped: what.filter(w => w === 4).length, y: row.bystanders + 5};
  });
  const operations = document.bystanders.operations;
  assert.equal(stopped, operations.reduce((n, o) => n + (o.alike[0]?.stops ?? 0), 0));
  const box = await page.locator('.lanes canvas').boundingBox();
  await page.mouse.move(box.x + 500, box.y + y);
  const facts = await page.evaluate(() => document.querySelector('.facts').innerText);
  const {cpus, count} = operations[1].alike[0];
  assert.match(facts, new RegExp(`^${count} bystanders of write off > smt/control`));
  assert.ok(facts.includes(cpus));
  await close();
});

test('a compare of 112 CPUs: small, quick, complete, and without the network', async () => {
  const {document, file, address} = report('skylake', 'compare', scenario('skylake-112-boot'));
  assert.ok(fs.statSync(file).size < 3e6, `${fs.statSync(file).size} bytes`);
  const {page, close, requests, cpuTime} = await open(browser, address);
  const drawn = await cpuTime();
  assert.ok(drawn < 2000, `${drawn} ms of CPU time until it is drawn`);

  const shown = new Set(await figures(page));
  for (const run of document.runs)
    for (const ns
             of [run.bringup_ns, run.boot_ns, run.events, run.speedup,
                 ...Object.values(run.control_cpu)])
      assert.ok(shown.has(ns), `${run.design}: ${ns} is not in the page`);
  for (const run of document.runs)
    assert.match(await page.innerText('.summary'), new RegExp(run.digest));

  const lanes = page.locator('.lanes');
  await lanes.focus();
  const [a0, a1] = await domain(page);
  await page.keyboard.press('+');
  const [b0, b1] = await domain(page);
  assert.ok(b1 - b0 < (a1 - a0) * 0.8, 'the keyboard zooms');
  await page.keyboard.press('ArrowRight');
  const [c0] = await domain(page);
  assert.ok(c0 > b0, 'the keyboard pans');

  const box = await page.locator('.lanes canvas').boundingBox();
  await page.mouse.move(box.x + 600, box.y + 200);
  await page.keyboard.down('Control');
  const begin = await cpuTime();
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await page.waitForFunction(w => {
    const [x, y] = window.cpuhpReport.timeline.x.domain();
    return y - x < w * 0.9;
  }, b1 - b0);
  assert.ok(await cpuTime() - begin < 500, 'a zoom takes less than half a second of CPU time');
  const [d0, d1] = await domain(page);
  await page.mouse.down();
  await page.mouse.move(box.x + 500, box.y + 200, {steps: 4});
  await page.mouse.up();
  assert.ok((await domain(page))[0] > d0, 'the mouse pans');

  await page.keyboard.press('Escape');
  await settle(page);
  const link = page.url(), seen = await domain(page);
  assert.match(link, /#.*t=\d+,\d+/);
  const again = await open(browser, link);
  const restored = await domain(again.page);
  assert.ok(
      Math.abs(restored[0] - seen[0]) < 2 && Math.abs(restored[1] - seen[1]) < 2,
      `${restored} is not ${seen}`);
  await again.close();

  assert.deepEqual(requests.filter(r => !/^(file|data|blob):/.test(r)), []);
  await close();
});

test('a compare of 1,024 CPUs stays small and quick', async () => {
  const {file, address} = report(
      'large', 'compare', scenario('boot-4096-cpus'), '--set', '/machine/sockets=4', '--set',
      '/expect/online=0-1023');
  assert.ok(fs.statSync(file).size < 3e6, `${fs.statSync(file).size} bytes`);
  const {page, close, cpuTime} = await open(browser, address);
  const drawn = await cpuTime();
  assert.ok(drawn < 4000, `${drawn} ms of CPU time until it is drawn`);
  await page.locator('.lanes').press('+');
  await settle(page);
  const zoomed = await cpuTime() - drawn;
  assert.ok(zoomed < 1000, `${zoomed} ms of CPU time for a zoom`);
  await close();
});

test('a step says what it is under the pointer, and a link leads back to it', async () => {
  const {address} = report('boot', 'run', scenario('boot-8-cpus'), '--design', 'parallel');
  const {page, close} = await open(browser, address);
  const found = await hoverSomething(page);
  assert.ok(found, 'some step is found');
  for (const word of ['step', 'callback', 'start', 'duration', 'ran by', 'for', 'ret'])
    assert.match(found.facts, new RegExp(`^${word}$`, 'm'));
  await page.mouse.click(found.x, found.y);
  const chosen = await page.innerText('.panel strong');
  assert.ok(found.facts.startsWith(chosen));
  await settle(page);
  const again = await open(browser, page.url());
  assert.equal(await again.page.innerText('.panel strong'), chosen);
  await again.close();
  await page.locator('.lanes').focus();
  await page.keyboard.press('n');
  assert.match(
      await page.innerText('[role=status]'), /duration/,
      'the next step is told to a screen reader');
  await close();
});

test('the critical chain is drawn, and its links add up to the bring-up', async () => {
  const {document, address} = report('chain', 'compare', scenario('boot-8-cpus'));
  const {page, close} = await open(browser, address);
  const chains = await page.evaluate(() => window.cpuhpReport.runs().map(run => run.chains[0]));
  document.runs.forEach((run, i) => {
    assert.equal(chains[i].links.reduce((sum, link) => sum + link.ns, 0), chains[i].total);
    assert.ok(Math.abs(chains[i].total - run.bringup_ns) <= 1, `${run.design}: ${chains[i].total}`);
  });
  const picture = () => page.locator('.lanes canvas').screenshot();
  await page.locator('.lanes').focus();
  const shown = await picture();
  await page.keyboard.press('c');
  await settle(page);
  const hidden = await picture();
  assert.notDeepEqual(shown, hidden, 'without it the picture is another one');
  assert.match(page.url(), /chain=0/);
  const table = await unfold(page, 'Critical chain of boot, parallel');
  assert.match(await table.innerText(), /CPU 1 was kicked by the control CPU/);
  await close();
});

test('explain and diff: their numbers, above the same pictures', async () => {
  const explained = report('explain', 'explain', scenario('boot-8-cpus'), '--top', '3');
  const first = await open(browser, explained.address);
  const shown = new Set(await figures(first.page));
  for (const row of explained.document.what_if.rows)
    for (const ns of [row.half_ns, row.free_ns]) assert.ok(shown.has(ns), `${row.name}: ${ns}`);
  for (const cause of explained.document.causes) assert.ok(shown.has(cause.time_ns), cause.text);
  await first.close();

  const differ = report(
      'diff', 'diff', scenario('boot-8-cpus'), scenario('boot-8-cpus'), '--design-b', 'parallel');
  const second = await open(browser, differ.address);
  const seen = new Set(await figures(second.page));
  for (const side of ['a', 'b']) assert.ok(seen.has(differ.document[side].total_ns));
  for (const wait of differ.document.waits.slice(0, 3))
    assert.ok(seen.has(wait.delta_ns), wait.name);
  assert.deepEqual(
      await second.page.evaluate(() => window.cpuhpReport.runs().map(r => r.label)), ['A', 'B']);
  await second.close();

  const recording = kernel =>
      path.join(root, 'tests/truth/recordings', kernel, 'A-boot-smp8.txt.gz');
  const traces = report('traces', 'diff', recording('x86_64-6.1'), recording('x86_64-6.12'));
  const third = await open(browser, traces.address);
  assert.ok((await figures(third.page)).includes(traces.document.b.total_ns));
  await third.close();
});

test(
    'several scenarios: one is chosen, and the tables and the machine are of that one',
    async () => {
      const {document, address} =
          report('several', 'compare', scenario('boot-8-cpus'), scenario('offline-one-cpu'));
      assert.notEqual(document.comparisons[0].runs[0].cpus, document.comparisons[1].runs[0].cpus);
      const {page, close} = await open(browser, address);
      const check = async (tab, number) => {
        const shown = new Set(await figures(tab)),
              {scenario: name, runs} = document.comparisons[number];
        for (const run of runs)
          assert.ok(shown.has(run.events), `${name}, ${run.design}: ${run.events}`);
        assert.match(await tab.innerText('.machine'), new RegExp(`^${runs[0].cpus} CPUs `));
        assert.equal(await tab.evaluate(() => window.cpuhpReport.runs().length), runs.length);
      };
      await check(page, 0);
      await page.selectOption('.chooser select', {label: 'offline-one-cpu'});
      await page.waitForFunction(() => window.cpuhpReport.view.group === 1);
      await settle(page);
      await check(page, 1);
      const again = await open(browser, page.url());
      await check(again.page, 1);
      await again.close();
      await close();
    });

test('every state of the view is a link', async () => {
  const {address} = report('links', 'compare', scenario('boot-8-cpus'));
  const {page, close} = await open(browser, address);
  const lanes = page.locator('.lanes');
  await lanes.focus();
  for (const key of ['+', '+', 'ArrowRight', 'b', 'l', 'l', 'c', 'h', 'n', 'n'])
    await lanes.press(key);
  await page.evaluate(() => {
    document.querySelector('.lanes').scrollTop = 40;
  });
  await page.uncheck('label:text-is("notifier") input');
  await page.fill('input[type=search]', 'cpu_init');
  await page.click('#theme');
  await settle(page);
  const view = tab => tab.evaluate(() => JSON.stringify(window.cpuhpReport.view));
  const link = new URL(page.url()).hash;
  for (const key of ['t', 'h', 'y', 'busy', 'hidden', 'sel', 'chain', 'handshakes', 'q', 'theme'])
    assert.match(link, new RegExp(`[#&]${key}=`), link);
  const again = await open(browser, page.url());
  await settle(again.page);
  const [one, other] = [JSON.parse(await view(page)), JSON.parse(await view(again.page))];
  for (const key of ['t', 'busy'])
    one[key] = one[key].map(Math.round), other[key] = other[key].map(Math.round);
  assert.deepEqual(other, one);
  assert.equal(await again.page.locator('label:text-is("notifier") input').isChecked(), false);
  assert.match(await again.page.innerText('.found'), /found/);
  await again.close();
  await close();
});

test('kicks, releases and completions are arrows, and rows of a table', async () => {
  const {address} = report('handshakes', 'run', scenario('boot-8-cpus'), '--design', 'parallel');
  const {page, close} = await open(browser, address);
  const names = await page.evaluate(() => window.cpuhpReport.runs()[0].handshakes.map(h => h.name));
  for (const name of ['kick', 'alive']) assert.equal(names.filter(n => n === name).length, 7, name);
  const picture = () => page.locator('.lanes canvas').screenshot();
  const shown = await picture();
  await page.locator('.lanes').press('h');
  await settle(page);
  assert.notDeepEqual(await picture(), shown, 'without them the picture is another one');
  const rows = (await unfold(page, 'Handshakes in view')).locator('tbody tr');
  assert.equal(await rows.count(), names.length);
  assert.match(await rows.first().innerText(), /kick\s+CPU 1\s+CPU 0\s.*CPU 1/);
  await close();
});

test('of many CPUs only those are shown that take part', async () => {
  const {address} = report('busy', 'run', scenario('skylake-112-boot'), '--design', 'symmetric');
  const {page, close} = await open(browser, `${address}#t=100000000,105000000`);
  const lanes = () => page.evaluate(() => window.cpuhpReport.timeline.layout.rows[0].order.length);
  assert.equal(await lanes(), 112);
  await page.click('button:text-is("Busy")');
  const few = await lanes();
  assert.ok(few >= 2 && few < 8, `${few} CPUs`);
  await page.click('button:text-is("Busy")');
  assert.equal(await lanes(), 112);
  await close();
});

test('lanes flatter than a pixel: each counts as much as its neighbours', async () => {
  const {address} = report('flat', 'run', scenario('boot-4096-cpus'), '--design', 'parallel');
  const {page, close} = await open(browser, `${address}#chain=0&theme=light`);
  const half = await page.evaluate(() => {
    const {layout, x, canvas, pixel} = window.cpuhpReport.timeline, [row] = layout.rows;
    const run = row.run, cpu = run.order[1001];  // a second thread, before it is prepared
    const date = run.stageUntil[run.stageFirst[cpu]] * 0.9;
    const y = Math.floor(row.lanes + 1001 * row.lane);
    return {
      lane: row.lane,
      colour: [...canvas.getContext('2d').getImageData(x(date) * pixel, y * pixel, 1, 1).data]
    };
  });
  assert.ok(half.lane < 1);
  const up = [0xd8, 0xec, 0xe4];  // online, on white
  up.forEach(
      (c, i) => assert.ok(
          Math.abs(half.colour[i] - (c + 255) / 2) <= 3,
          `${half.colour} is not halfway from white to ${up}`));
  await close();
});

test('a search leaves what it finds, and says how much that is', async () => {
  const {address} = report('search', 'run', scenario('boot-8-cpus'));
  const {page, close} = await open(browser, address);
  await page.fill('input[type=search]', 'sched:active');
  assert.match(await page.innerText('.found'), /^7 found/);
  await page.fill('input[type=search]', 'no such step');
  assert.match(await page.innerText('.found'), /nothing/);
  await close();
});

test('names of states do no harm', async () => {
  const text = JSON.parse(fs.readFileSync(scenario('faults-of-a-driver')));
  const bad = `"x'</script><img src=x onerror=window.harm=1><!--`;
  text.table = path.join(root, 'scenarios', text.table);
  text.name = `${text.name}</title><script>window.harm=1</script>`;
  text.states[0].name = bad;
  text.description = `${bad}</script><script>window.harm=1</script>`;
  text.operations[1].state = bad;
  fs.writeFileSync(path.join(folder, 'bad.json'), JSON.stringify(text));
  const {address} = report('bad', 'run', path.join(folder, 'bad.json'));
  const {page, close, requests} = await open(browser, address);
  for (const summary of await page.$$('details:not([open]) summary')) await summary.click();
  await page.waitForFunction(
      () => [...document.querySelectorAll('details > div')].every(body => body.hasChildNodes()));
  await page.fill('input[type=search]', bad);
  assert.equal(await page.evaluate(() => window.harm), undefined);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.ok((await page.innerText('main')).includes(bad), 'the name is shown as it is');
  assert.deepEqual(requests.filter(r => !/^(file|data|blob):/.test(r)), []);
  await close();
});

test('a failure and its way back are in the picture and in the tables', async () => {
  const {document, address} = report('fail', 'run', scenario('fail-one-step'));
  const {page, close} = await open(browser, address);
  await page.click('button:text-is("Fault")');
  const [t0, t1] = await domain(page);
  assert.ok(t1 - t0 < document.end_ns / 4, 'it zooms to the failure');
  const tables = await page.locator('.tables').innerText();
  assert.match(tables, /a callback failed: the walk turns round/);
  assert.match(tables, /workqueue_online_cpu/);
  assert.match(tables, /-ENOMEM/);
  assert.match(tables, /lockup_detector_offline_cpu/, 'the first step of the way back');
  await page.emulateMedia({media: 'print', colorScheme: 'dark'});
  assert.equal(await page.locator('.toolbar').isVisible(), false);
  assert.equal(
      await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(22, 25, 29)',
      'paper is light');
  assert.ok((await page.pdf()).length > 20000);
  const chain = page.locator('details', {hasText: 'CPUs, symmetric'});
  assert.ok(await chain.evaluate(node => node.open), 'printed tables are open');
  await close();
});

test('an error that the kernel ignores turns no walk round', async () => {
  const text = JSON.parse(fs.readFileSync(scenario('fail-one-step')));
  text.table = path.join(root, 'scenarios/tables/x86_64-6.12.json');
  text.faults = [{kind: 'error', cpu: 3, state: 'sched:starting', errno: 'EINVAL'}];
  delete text.expect;
  fs.writeFileSync(path.join(folder, 'ignored.json'), JSON.stringify(text));
  const {address} = report('ignored', 'run', path.join(folder, 'ignored.json'));
  const {page, close} = await open(browser, address);
  const tables = await page.locator('.tables').innerText();
  assert.match(tables, /a callback failed: the kernel ignores the error, the walk goes on/);
  assert.doesNotMatch(tables, /turns round|Rolled back/);
  await close();
});

test('several seeds: means and intervals, and what is pictured is said', async () => {
  const {document, address} = report(
      'seeds', 'compare', scenario('boot-8-cpus'), '--set', '/jitter=2', '--seeds', '5');
  const {page, close} = await open(browser, address);
  assert.match(await page.innerText('.machine'), /^Pictured: .*seed 1$/);
  const first = await page.locator('.summary table').first().innerText();
  assert.match(first, /over all seeds: mean \[95 % confidence\]/);
  for (const mean of document.means) {
    const ms = (mean.bringup_ns.mean / 1e6).toPrecision(4);
    assert.ok(first.includes(`${ms} ms`), `${mean.design}: ${ms} ms is not in ${first}`);
  }
  await close();
});

test('a campaign leads from its numbers to pictures', async () => {
  const {document, address} = report(
      'faults', 'faults', scenario('faults-of-a-driver'), '--designs', 'parallel', '--kinds',
      'error');
  const {page, close} = await open(browser, address);
  const shown = new Set(await figures(page));
  for (const row of document.rows)
    for (const n of [row.runs, row.ok, row.error])
      assert.ok(n === 0 || shown.has(n), `${row.faults}: ${n} is not in the page`);
  const summary = await page.locator('.summary').first().innerText();
  assert.ok(
      summary.includes(`All ${document.certificate.sites} sites were struck: no site left.`),
      'the certificate stands below');
  assert.ok(
      await page.evaluate(() => window.cpuhpReport.runs()[0].faults.length) > 0,
      'a failure comes first');
  await page.locator('.summary td a').first().click();  // of the runs without a fault
  await page.waitForFunction(() => window.cpuhpReport.view.group > 0);
  await settle(page);
  assert.match(page.url(), /group=\d/);
  await close();
});

test('the page says that it is loading until it is drawn', async () => {
  const {file} = report('slow', 'run', scenario('offline-one-cpu'));
  const text = fs.readFileSync(file, 'utf8'), script = text.lastIndexOf('<script>');
  const begun = path.join(folder, 'begun.html');
  fs.writeFileSync(begun, text.slice(0, script));
  const context = await browser.newContext(), page = await context.newPage();
  await page.goto(`file://${begun}`);
  assert.match(await page.innerText('main'), /^Loading: the report is being drawn/);
  await context.close();
  const drawn = await open(browser, `file://${file}`);
  assert.equal(await drawn.page.locator('#loading').count(), 0);
  assert.doesNotMatch(await drawn.page.innerText('body'), /Loading|needs JavaScript/);
  await drawn.close();
});

test('without scripts the page says what it needs, and does not wait', async () => {
  const {file} = report('unscripted', 'run', scenario('offline-one-cpu'));
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(`file://${file}`);
  assert.match(await page.locator('noscript').innerText(), /^This report needs JavaScript/);
  assert.ok(await page.locator('noscript').isVisible());
  assert.ok(!await page.locator('#loading').isVisible());
  await context.close();
});

test('light, dark, and the switch between them', async () => {
  const {address} = report('theme', 'run', scenario('offline-one-cpu'));
  const ground = page =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const {page, close} = await open(browser, address, {colorScheme: 'dark'});
  const dark = await ground(page);
  await page.click('#theme');
  const light = await ground(page);
  assert.notEqual(dark, light);
  await settle(page);
  assert.match(page.url(), /theme=light/);
  await page.click('#theme');
  assert.equal(await ground(page), dark);
  await close();
});
