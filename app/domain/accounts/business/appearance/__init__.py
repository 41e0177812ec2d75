"""How a business's panel looks: what may be said (`tables`), whether it may be kept (`rules`), what it becomes on the
hosted page (`sheet`), and whether everybody can read it (`legibility`).

Saved in `businesses.appearance`, in the members of the SDK's `appearance`; told in every snapshot.
"""
