// The officer at the one-stop desk, at the desk's own pages.

import assert from 'node:assert/strict';
import { window } from './browser.mjs';
import { axe, named, reflow } from './checks.mjs';
import { SANDBOX } from './stack.mjs';

export class Officer {
  static async at(browser) {
    return Object.assign(new Officer(), { page: await window(browser, { width: 1024, height: 768 }) });
  }

  async open(dossier) {
    await this.page.goto(`${SANDBOX}/one-stop/desk/${dossier}`);
    assert.match(await this.page.locator('h1').innerText(), new RegExp(dossier.replaceAll('.', '\\.')));
  }

  /** The desk's pages are a stand-in; whoever works at them is no less a person. */
  async look() {
    const told = [...(await axe(this.page)).told, ...await named(this.page), ...await reflow(this.page)];
    assert.deepEqual(told, [], 'the officer’s page');
  }

  async press(name) {
    await Promise.all([this.page.waitForNavigation(), this.page.getByRole('button', { name, exact: true }).click()]);
    assert.equal(await this.page.getByRole('alert').count(), 0, `${name}: ${await this.page.locator('main').innerText()}`);
  }

  /** `{ question: reason }` */
  async askSupplement(reasons) {
    for (const [question, reason] of Object.entries(reasons)) {
      await this.page.getByLabel(`Lý do cần bổ sung: ${question}`, { exact: true }).fill(reason);
    }
    await this.press('Yêu cầu bổ sung');
  }

  async askFee(vnd, reason) {
    const fee = this.page.getByRole('group', { name: 'Yêu cầu nộp phí' });
    await fee.getByLabel('Số tiền, đồng').fill(String(vnd));
    await fee.getByLabel('Lý do').fill(reason);
    await this.press('Yêu cầu nộp');
  }

  async close() { await this.page.context().close(); }
}
