"""What a class gets out of the lessons: workbooks, a key, graded assignments, quizzes."""
