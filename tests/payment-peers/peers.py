"""The same for VietQR with the PyPI package `vietnam-qr-pay`."""

import json
import sys

from vietnam_qr_pay import QRPay


def answer(transfer):
    made = QRPay.init_viet_qr(
        bank_bin=transfer["bin"],
        bank_number=transfer["account"],
        amount=transfer["amount"],
        purpose=transfer["memo"],
    )
    found = QRPay(transfer["code"])
    return {
        "code": made.build(),
        "read": {
            "bin": found.consumer.bank_bin,
            "account": found.consumer.bank_number,
            "amount": found.amount or None,
            "memo": found.additional_data.purpose or None,
        },
        "valid": found.is_valid,
    }


given = json.load(sys.stdin)
print(json.dumps({"transfers": [answer(transfer) for transfer in given["transfers"]]}))
