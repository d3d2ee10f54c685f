;; How Gnus answers an invitation: emacs --batch -Q -l answer.el FILE STATUS ADDRESS writes the REPLY to stdout.
(require 'gnus-icalendar)
(defun answer-invitation (file status address)
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-dos))
      (insert-file-contents file))
    (gnus-icalendar-event-reply-from-buffer (current-buffer) (intern status) (list address))))
(let* ((coding-system-for-write 'utf-8-unix)
       (file (pop command-line-args-left))
       (status (pop command-line-args-left))
       (address (pop command-line-args-left)))
  (princ (answer-invitation file status address)))
