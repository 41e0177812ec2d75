"""Work behind the pages: RQ wakes it, PostgreSQL says what is to be done.

python -m app.worker            runs jobs
python -m app.worker.files      looks through files, and writes them
python -m app.worker.relay      wakes workers for businesses with due events
python -m app.worker.schedule   starts the periodic jobs
"""
