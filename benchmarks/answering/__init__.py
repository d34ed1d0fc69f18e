"""The networks of the five questions, trained right: each file has one question's tasks."""
