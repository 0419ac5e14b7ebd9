"""Findings in the forms that CI systems and code hosts read, one file a form."""

from nbcode.cli.code_hosts.findings import FileFindings, Finding, findings_of
from nbcode.cli.code_hosts.github import github_annotations
from nbcode.cli.code_hosts.gitlab import gitlab_report
from nbcode.cli.code_hosts.job_summary import job_summary
from nbcode.cli.code_hosts.junit import junit_report
from nbcode.cli.code_hosts.sarif import sarif_log

__all__ = [
    "FileFindings",
    "Finding",
    "findings_of",
    "github_annotations",
    "gitlab_report",
    "job_summary",
    "junit_report",
    "sarif_log",
]
