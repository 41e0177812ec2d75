"""The nouns, strangers to one another. The glossary of the words that are used everywhere:

- **business**: who sells; a test twin is a business of its own.
- **product (SPU)** and **SKU**: what is shown, and what is bought: one specification with one price.
- **checkout session**: one buyer's visit to the panel; it becomes at most one order.
- **order**, **line**, **sub-order**: what was bought, each position, and the part that is delivered on its own.
- **transaction**: one movement of money, of a kind (charge, refund, top-up, transfer, withdrawal, payout);
  **attempt**: one try of it at one channel.
- **channel**: a payment company's interface; **channel account**: a business's settings for one.
- **exchange**: one request and its answer; **notice**: a message the company sends by itself.
- **journal**, **entry**: one posting and its signed amounts per account.
- **delivery**: handing over one line's goods; **entitlement**: membership time that a buyer owns.
- **credit**: wallet money that was bought; **points**: what a business counts for a buyer, and is no money.
- **wallet**: what a buyer keeps with the business; **hold**: a part of it that cannot be spent until it is released.
- **case**: something people must look at.
"""
