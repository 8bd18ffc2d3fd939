//! Who a person is: the citizen id number and what a card's QR code says.
