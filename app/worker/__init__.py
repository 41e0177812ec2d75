"""Work behind the pages: PostgreSQL says what is to be done, and RQ wakes who does what follows events.

python -m app.worker            runs jobs, and sends webhooks
python -m app.worker.files      looks through files, and writes them
python -m app.worker.relay      wakes workers for businesses with due events
"""
