"""The money against a plain model of itself.

company   a payment company inside the test: it keeps books of its own and misbehaves as the test wishes
oracle    what should be, in dictionaries, from nothing but the rules of the house
check     our books and the oracle's, side by side
machine   the steps that hypothesis puts together, and what is compared after each
reach     what was reached how often, and what a long run must have reached
"""
