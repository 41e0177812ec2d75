"""The settings of a business: what each is, within which bounds, and every version there was of them.

Tables: the columns of businesses that `declared.SETTINGS` names, settings_versions (one row a change).
Callers: workflow/accounts/change_settings, restore_settings, and what else changes one through
workflow/steps/accounts/write_settings.
"""
