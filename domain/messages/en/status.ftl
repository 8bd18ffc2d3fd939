### review: unreviewed by a professional translator
## The ten national dossier statuses.

status-1 = Newly filed
status-2 = Taken in
status-3 = Not taken in
status-4 = Being processed
status-5 = More papers requested
status-6 = Payment requested
status-7 = Withdrawal requested by the citizen
status-8 = Processing stopped
status-9 = Processing finished
status-10 = Result handed over
