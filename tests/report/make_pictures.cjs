// The pictures of docs/report.md, and a line for each report: its size, and what it costs to show.
// scripts/make-pictures runs it.
'use strict';
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {open, start} = require('./browser.cjs');

const root = path.resolve(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpuhp-pictures-'));

/// The same questions to three machines: their boots, and a small boot to make faults in.
const MACHINES = {
  8: {boot: 'boot-8-cpus', set: [], machine: {cores: 4, threads: 2}},
  112: {boot: 'skylake-112-boot', set: [], machine: {sockets: 2, cores: 28, threads: 2}},
  1024: {
    boot: 'boot-4096-cpus',
    set: ['/machine/sockets=4', '/expect/online=0-1023'],
    machine: {sockets: 4, cores: 128, threads: 2}
  },
};
/// Some of all single errors; on the largest machine some at random: to plan all takes minutes.
const CASES = {
  8: ['--shard', '24/40'],
  112: ['--shard', '240/400'],
  1024: ['--random', '8', '--seed', '3']
};

const scenario = name => path.join('scenarios', `${name}.json`);

/// The driver of scenarios/faults-of-a-driver.json on another machine.
function faultsScenario(cpus) {
  const text = JSON.parse(fs.readFileSync(path.join(root, scenario('faults-of-a-driver'))));
  text.table = path.join(root, 'scenarios', text.table);
  text.machine = MACHINES[cpus].machine;
  text.name = `faults-of-a-driver-${cpus}`;
  delete text.expect;
  delete text.$schema;
  const file = path.join(folder, `${text.name}.json`);
  fs.writeFileSync(file, JSON.stringify(text));
  return file;
}

function wordsOf(command, cpus) {
  const {boot, set} = MACHINES[cpus], file = scenario(boot);
  const sets = name => set.flatMap(s => [name, s]);
  switch (command) {
    case 'run':
      return [file, '--design', 'parallel', ...sets('--set')];
    case 'compare':
      return [file, ...sets('--set')];
    case 'diff':
      return [
        file, file, '--design-a', 'symmetric', '--design-b', 'parallel', ...sets('--set-a'),
        ...sets('--set-b')
      ];
    default:
      return [
        faultsScenario(cpus), '--kinds', 'error', ...CASES[cpus], '--findings',
        path.join(folder, 'findings')
      ];
  }
}

function makeReport(name, command, cpus) {
  const file = path.join(folder, `${name}.html`);
  const {status, stderr} = spawnSync(
      path.join(root, 'build/cpuhp-sim'), [command, ...wordsOf(command, cpus), '--report', file],
      {cwd: root, stdio: ['ignore', 'ignore', 'pipe']});
  if (status > 1) throw new Error(`${name}: exit code ${status}\n${stderr}`);
  return file;
}

/// CPU time of one step of zoom, in ms.
async function zoomTime({page, cpuTime}) {
  await page.locator('.lanes').focus();
  const begin = await cpuTime();
  await page.keyboard.press('+');
  await page.evaluate(
      () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  const spent = await cpuTime() - begin;
  await page.keyboard.press('0');
  return spent;
}

/// The page from `top`, an element of it, to the end of the lanes.
async function picture(browser, file, to, top, colorScheme) {
  const viewport = {width: 1280, height: 860};
  const tab = await open(browser, `file://${file}`, {viewport, colorScheme});
  const [first, last] =
      [await tab.page.locator(top).boundingBox(), await tab.page.locator('.frame').boundingBox()];
  const y = Math.max(0, first.y - 12);
  await tab.page.screenshot({
    path: to,
    fullPage: true,
    clip: {x: 0, y, width: viewport.width, height: last.y + last.height + 6 - y}
  });
  return tab;
}

async function main(words) {
  const at = words.indexOf('--to');
  const to = at < 0 ? path.join(root, 'docs/pictures') : words.splice(at, 2)[1];
  const part = words[0] ?? '';
  fs.mkdirSync(to, {recursive: true});
  const browser = await start();
  console.log('report         file, MB  drawn after, s  CPU time, s  a zoom, s');
  for (const command of ['run', 'compare', 'diff', 'faults'])
    for (const cpus of [8, 112, 1024]) {
      const name = `${command}-${cpus}`;
      if (!name.includes(part)) continue;
      const file = makeReport(name, command, cpus);
      const top = cpus === 1024 && command !== 'faults' ? '.picture' : 'main';
      const tab = await picture(
          browser, file, path.join(to, `${name}.png`), top, command === 'diff' ? 'dark' : 'light');
      const after =
          await tab.page.evaluate(() => performance.getEntriesByName('drawn')[0].startTime);
      const spent = await tab.cpuTime(), zoom = await zoomTime(tab);
      const figure = (value, width) => (value / 1000).toFixed(2).padStart(width);
      console.log(`${name.padEnd(14)} ${figure(fs.statSync(file).size / 1000, 8)} ${
          figure(after, 15)} ${figure(spent, 12)} ${figure(zoom, 10)}`);
      await tab.close();
    }
  await browser.close();
  fs.rmSync(folder, {recursive: true});
}

main(process.argv.slice(2));
