// Standard input: { secret, terminal, orders: [{ ours, changed, params, odd }], transfers }. What the
// npm packages `vnpay` and `vietnam-qr-pay` say of ours, and what they make themselves.
import { VNPay } from 'vnpay'
import { Banks, QRPay } from 'vietnam-qr-pay'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const given = JSON.parse(Buffer.concat(chunks))
const vnpay = new VNPay({
  tmnCode: given.terminal,
  secureSecret: given.secret,
  testMode: true,
  enableLog: false,
})
const read = (query) => Object.fromEntries(new URLSearchParams(query))
const believes = (query) => vnpay.verifyReturnUrl(read(query)).isVerified
const sign = (params) => {
  const order = { ...params, vnp_Amount: Number(params.vnp_Amount) / 100 }
  return new URL(vnpay.buildPaymentUrl(order)).search.slice(1)
}

console.log(JSON.stringify({
  orders: given.orders.map((order) => ({
    believed: believes(order.ours),
    changed: believes(order.changed),
    same: sign(order.params),
    odd: sign(order.odd),
  })),
  transfers: given.transfers.map(({ bin, account, amount, memo, code }) => {
    const made = QRPay.initVietQR({ bankBin: bin, bankNumber: account, amount, purpose: memo })
    const found = new QRPay(code)
    return {
      code: made.build(),
      read: {
        bin: found.consumer.bankBin,
        account: found.consumer.bankNumber,
        amount: found.amount || null,
        memo: found.additionalData.purpose || null,
      },
      valid: found.isValid,
    }
  }),
  banks: Banks.filter((bank) => /^\d{6}$/.test(bank.bin)).map(({ bin, shortName }) => [bin, shortName]),
}))
