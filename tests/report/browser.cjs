// A headless Chromium for tests: one process, a profile of its own, and every request noted.
//
//   const browser = await start();
//   const {page, requests} = await open(browser, 'file:///tmp/report.html');
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const {chromium} = require('playwright-core');

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

async function start() {
  const executablePath = PLACES.find(place => fs.existsSync(place));
  if (!executablePath) throw new Error('no Chromium here; scripts/install-deps test installs it');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'
    ]
  });
}

async function open(browser, address, options = {}) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, ...options});
  const page = await context.newPage();
  const requests = [], errors = [];
  page.on('request', r => requests.push(r.url()));
  page.on('pageerror', e => errors.push(String(e)));
  page.on('console', m => {
    if (m.type() === 'error') errors.push(m.text());
  });
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', {timeDomain: 'threadTicks'});
  await page.goto(address);
  await page.waitForFunction(
      () => performance.getEntriesByName('drawn').length > 0, null, {timeout: 60000});
  /// CPU time of the page's main thread so far, in ms: whatever else runs on this machine.
  const cpuTime = async () => {
    const {metrics} = await session.send('Performance.getMetrics');
    return metrics.find(m => m.name === 'TaskDuration').value * 1000;
  };
  /// Closes a page that had no errors.
  const close = async () => {
    assert.deepEqual(errors, []);
    await context.close();
  };
  return {page, requests, cpuTime, close};
}

module.exports = {
  start,
  open
};
