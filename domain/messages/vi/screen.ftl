### review: source
## Lời của từng màn hình.
