### review: unreviewed by a professional translator
## Words of single screens.
