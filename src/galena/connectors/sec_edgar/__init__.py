"""US Securities and Exchange Commission: companies, their filings and what stands in them, as dated facts.

`companies` finds a company's number (CIK); `submissions` and `daily_index` list filings; `report_items`, `departures`,
`going_concern`, `ownership`, `compensation`, `offering` and `facts` read them; `sanctions` compares names with the
Treasury's list. These are pure. `desk` asks the servers, `reading` puts one filing together, `profile` one company.
"""
